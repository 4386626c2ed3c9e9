import { table } from "./table.ts";
import { count } from "./units.ts";

/** One thing of a key that is another one than before. */
type Change = {
  part: string;
  name: string;
  change: "added" | "removed" | "changed";
  before: string | null;
  after: string | null;
};

type Parts = {
  commands: (string | string[])[];
  tools: Record<string, string>;
  services: { name: string; version: string }[];
  needs: Record<string, string>;
  environment: Record<string, string>;
  secrets: string[];
  platform: string;
};

/** What is known of a step's key: whether a result of it is kept, and what differs from its last turn. */
type Why = {
  step: string;
  key: string | null;
  parts: Parts | null;
  inputs: number;
  cached: boolean;
  reason: string | null;
  changes: Change[] | null;
};

/** Most changed files that are named. */
const mostChanges = 40;

/** Why a step would run, or would not, what changed, and what its key is made of. */
export function whyLines(why: Why): string[] {
  const changes = why.changes ?? [];
  return [
    headline(why),
    ...(why.cached ? [] : shownChanges(changes)),
    ...(changes.some(({ part }) => part === "need") && !why.cached ? [`  next: ${nextOf(changes)}`] : []),
    ...(why.parts === null || why.key === null ? [] : made(why.key, why.parts, why.inputs)),
  ];
}

function headline({ step, key, cached, reason, changes }: Why): string {
  if (cached) return `${step} would come from the cache: a result of its key is kept`;
  if (key === null) return `${step} would run: ${reason}`;
  if (changes === null) return `${step} would run: ${reason ?? "it has had no turn here yet"}`;
  if (changes.length === 0) return `${step} would run: nothing changed since its last turn, but ${reason}`;
  const told = reason === null ? "" : `, and ${reason}`;
  return `${step} would run: ${count(changes.length, "thing")} changed since its last turn${told}`;
}

function shownChanges(changes: Change[]): string[] {
  const rows = changes.slice(0, mostChanges).map(({ part, name, change, before, after }) => {
    const values = before === null || after === null || before.includes("\n") ? "" : `: ${before} → ${after}`;
    return [`  ${part}`, `${name} ${change}${values}`];
  });
  const more = changes.length - rows.length;
  return [...table(rows), ...(more > 0 ? [`  and ${more} more`] : [])];
}

const nextOf = (changes: Change[]): string =>
  changes.flatMap(({ part, name }) => (part === "need" ? [`\`bellwether why ${name}\``] : [])).join(", ");

function made(key: string, parts: Parts, inputs: number): string[] {
  const words = (names: string[]) => (names.length === 0 ? "none" : names.join(", "));
  const rows = [
    ["input files", String(inputs)],
    ["commands", String(parts.commands.length)],
    ["tools", words(Object.entries(parts.tools).map(([name, version]) => `${name} ${version}`))],
    ["services", words(parts.services.map(({ name, version }) => `${name} ${version}`))],
    ["needs", words(Object.keys(parts.needs))],
    ["variables", words(Object.keys(parts.environment))],
    ["secrets", words(parts.secrets)],
    ["platform", parts.platform],
  ];
  return [`key ${key}`, ...table(rows.map(([name = "", value = ""]) => [`  ${name}`, value]))];
}
