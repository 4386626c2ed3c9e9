import { interpolate } from "../config/interpolate.ts";
import type { ServerFacts } from "../io/server.ts";
import type { Release, ReleaseComponent } from "./release.ts";

const inheritedNames = ["PATH", "HOME", "TMPDIR", "LANG", "TZ"];

/** What a component sees of the daemon's own environment: PATH, HOME, TMPDIR, the locale and the time zone. */
export function inheritedVariables(from: Record<string, string | undefined>): Record<string, string> {
  const kept = Object.entries(from).flatMap(([name, value]) =>
    value !== undefined && (inheritedNames.includes(name) || name.startsWith("LC_")) ? [[name, value]] : [],
  );
  return Object.fromEntries(kept);
}

export type VariableSources = {
  inherited: Record<string, string>;
  /** What the image says; its PATH means directories of the image, so it is left out. */
  image: Record<string, string>;
  accessories: Record<string, ServerFacts>;
  secrets: Record<string, string>;
  /** Where it listens: a number, or what stands for one that the target chooses. */
  port: number | string | null;
  /** More that its values may name, e.g. components.risk.port. */
  others?: Record<string, string>;
};

/** The whole environment of a component's process; later sources win: inherited, image, component, secrets. */
export function componentVariables(
  release: Release,
  component: ReleaseComponent,
  sources: VariableSources,
): Record<string, string> {
  const known: Record<string, string> = { version: release.version, ...sources.others };
  if (sources.port !== null) known.port = String(sources.port);
  for (const [name, facts] of Object.entries(sources.accessories)) {
    for (const [fact, value] of Object.entries(facts)) known[`accessories.${name}.${fact}`] = value;
  }
  const { PATH: _, ...image } = sources.image;
  const written = Object.entries(component.environment).map(([name, text]) => [
    name,
    interpolate(text, known),
  ]);
  const secrets = component.secrets.flatMap((name) => {
    const value = sources.secrets[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...sources.inherited, ...image, ...Object.fromEntries([...written, ...secrets]) };
}

/** What `${components.NAME.…}` stands for, of a component that runs beside. */
export const besideFacts = (name: string, port: number | string): [string, string][] => [
  [`components.${name}.port`, String(port)],
  [`components.${name}.host`, "127.0.0.1"],
  [`components.${name}.url`, `http://127.0.0.1:${port}`],
];
