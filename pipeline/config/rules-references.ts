import type { Command, Config, Environment } from "./config.ts";
import { references } from "./interpolate.ts";
import { nearest } from "./nearest.ts";
import type { Rule } from "./rules-types.ts";
import type { WrittenConfig } from "./schema.ts";
import type { Seed } from "./seed.ts";
import { values } from "./values.ts";
import { allChecks, extendsSoundly, type Path } from "./written.ts";

const facts = ["url", "host", "port", "user", "password", "database"];

const factsOf = (room: string, names: readonly string[]) =>
  names.flatMap((name) => facts.map((fact) => `${room}.${name}.${fact}`));

/** `${…}` in `text` that nothing stands for. A bare word in a command is the shell's own, e.g. ${HOME}. */
function unknownIn(text: string, path: Path, known: readonly string[], shell = false): Seed[] {
  return references(text)
    .filter((name) => !known.includes(name) && !(shell && !name.includes(".")))
    .map((name) => {
      const near = nearest(name, known);
      return {
        path,
        at: "value",
        got: `\${${name}}`,
        expected: known.length === 0 ? "no reference here" : `one of ${shortened(known)}`,
        ...(near === null ? {} : { nearest: `\${${near}}` }),
        remedy: near === null ? `Remove \${${name}}.` : `Write \${${near}}.`,
        ...refersTo(name, known),
      };
    });
}

/** `${services.postgres.url}, ${services.postgres.host}, …` as `${services.postgres.FACT}`. */
const shortened = (known: readonly string[]): string =>
  [
    ...new Set(
      known.map(
        (name) => `\${${name.replace(/^((?:services|accessories|components)\..+)\.[a-z]+$/, "$1.FACT")}}`,
      ),
    ),
  ].join(", ");

/** What the reference hangs on: with no environment left that is sound, nothing can be said of accessories. */
function refersTo(name: string, known: readonly string[]): Pick<Seed, "refersTo"> {
  const [room, entry] = name.split(".");
  if (entry === undefined) return {};
  if (room === "services") return { refersTo: ["services", entry] };
  return room === "accessories" && !known.some((one) => one.startsWith("accessories."))
    ? { refersTo: ["environments"] }
    : {};
}

const inCommand = (command: Command, path: Path, known: readonly string[]): Seed[] =>
  typeof command === "string"
    ? unknownIn(command, path, known, true)
    : command.flatMap((word, index) => unknownIn(word, [...path, index], known, true));

const inVariables = (written: Parameters<typeof values>[0], path: Path, known: readonly string[]): Seed[] =>
  Object.entries(values(written)).flatMap(([name, value]) => unknownIn(value, [...path, "env", name], known));

/** Every `${…}` names something that has a value there. */
export const referencesAreKnown: Rule = (written, config) => {
  const seeds: Seed[] = [];
  for (const { keys, path } of allChecks(written)) {
    const listening = (keys.components ?? []).filter(
      (name) => written.components?.[name]?.port !== undefined,
    );
    const known = [
      "version",
      ...factsOf("services", keys.services ?? []),
      ...listening.flatMap((name) => ["url", "host", "port"].map((fact) => `components.${name}.${fact}`)),
    ];
    seeds.push(...inVariables(keys.env, path, known), ...inCommand(keys.run, [...path, "run"], known));
  }
  const beside = Object.entries(written.components ?? {})
    .filter(([, { port }]) => port !== undefined)
    .map(([name]) => name);
  const besides = (own: string | null): string[] =>
    beside
      .filter((name) => name !== own)
      .flatMap((name) => ["url", "host", "port"].map((fact) => `components.${name}.${fact}`));
  for (const [name, component] of Object.entries(written.components ?? {})) {
    const path = ["components", name];
    const known = [
      "version",
      ...besides(name),
      ...(component.port === undefined ? [] : ["port"]),
      ...commonAccessories(written, config),
    ];
    seeds.push(
      ...unknownIn(component.artifact ?? "", [...path, "artifact"], ["platform", "target"]),
      ...inVariables(component.env, path, known),
      ...inCommand(component.command, [...path, "command"], known),
    );
  }
  for (const [name, environment] of Object.entries(written.environments ?? {})) {
    if (!extendsSoundly(written, name)) continue;
    const path = ["environments", name];
    const known = ["version", "port", ...besides(null), ...accessoriesOf(config.environments[name])];
    seeds.push(...inVariables(environment.env, path, known));
    if (environment.migrate !== undefined && environment.migrate !== "none") {
      seeds.push(...inCommand(environment.migrate.run, [...path, "migrate", "run"], known));
    }
  }
  return seeds;
};

const accessoriesOf = (environment: Environment | undefined): string[] =>
  factsOf("accessories", Object.keys(environment?.accessories ?? {}));

/**
 * A component runs in every environment, so it can only count on what all of them have. What an environment takes
 * from an unknown one cannot be told; the name is a problem already.
 */
function commonAccessories(written: WrittenConfig, config: Config): string[] {
  const all = Object.values(config.environments);
  const [first, ...others] = all.filter(({ name }) => extendsSoundly(written, name));
  if (first === undefined) return all.flatMap(accessoriesOf);
  return accessoriesOf(first).filter((name) => others.every((other) => accessoriesOf(other).includes(name)));
}
