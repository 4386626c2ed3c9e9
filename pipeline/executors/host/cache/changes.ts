import { canonicalJson } from "../../../canonical.ts";
import type { KeyParts } from "./key.ts";
import type { Files } from "./latest.ts";

/** One thing of a key that is another one than before; values are null where there was or is none, or not told. */
export type Change = {
  part: "input" | "command" | "variable" | "tool" | "service" | "need" | "component" | "secret" | "setting";
  name: string;
  change: "added" | "removed" | "changed";
  before: string | null;
  after: string | null;
};

type Looks = { before: Files | null; after: Files };

/** What differs between two keys' parts, inputs file by file where both looks are known. */
export function changesOf(before: KeyParts, after: KeyParts, looks: Looks): Change[] {
  return [
    ...inputs(before, after, looks),
    ...maps("tool", before.tools, after.tools),
    ...hidden(maps("variable", before.environment, after.environment)),
    ...hidden(
      setting(
        "variable",
        "handed on from the caller's environment, or the locale",
        before.passed,
        after.passed,
      ),
    ),
    ...hidden(maps("need", before.needs, after.needs)),
    ...hidden(maps("service", services(before), services(after))),
    ...hidden(maps("component", components(before), components(after))),
    ...maps("secret", named(before.secrets), named(after.secrets)),
    ...commands(before, after),
    ...(["platform", "directory"] as const).flatMap((name) =>
      setting("setting", name, before[name], after[name]),
    ),
    ...(["outputs", "path", "reports", "format"] as const).flatMap((name) =>
      hidden(setting("setting", name, canonicalJson(before[name]), canonicalJson(after[name]))),
    ),
  ];
}

function inputs(before: KeyParts, after: KeyParts, looks: Looks): Change[] {
  if (before.inputs === after.inputs) return [];
  if (looks.before === null)
    return hidden(setting("input", "files (which ones is not known any more)", before.inputs, after.inputs));
  const text = (files: Files) =>
    Object.fromEntries(Object.entries(files).map(([path, content]) => [path, canonicalJson(content)]));
  return hidden(maps("input", text(looks.before), text(looks.after)));
}

function commands(before: KeyParts, after: KeyParts): Change[] {
  const words = ({ commands }: KeyParts) =>
    commands.map((each) => (typeof each === "string" ? each : each.join(" "))).join("\n");
  return setting("command", "text", words(before), words(after));
}

const services = ({ services }: KeyParts): Record<string, string> =>
  Object.fromEntries(services.map((service) => [service.name, canonicalJson(service)]));

const components = ({ components }: KeyParts): Record<string, string> =>
  Object.fromEntries(components.map((component) => [component.name, canonicalJson(component)]));

const named = (names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, name]));

function maps(part: Change["part"], before: Record<string, string>, after: Record<string, string>): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): Change[] => {
    const [was, is] = [before[name] ?? null, after[name] ?? null];
    if (was === is) return [];
    const change = was === null ? "added" : is === null ? "removed" : "changed";
    return [{ part, name, change, before: was, after: is }];
  });
}

const setting = (part: Change["part"], name: string, before: string, after: string): Change[] =>
  before === after ? [] : [{ part, name, change: "changed", before, after }];

/** Digests and keys say nothing to a person. */
const hidden = (changes: Change[]): Change[] =>
  changes.map((each) => ({ ...each, before: null, after: null }));
