import { references } from "./interpolate.ts";
import { nearest } from "./nearest.ts";
import type { Rule } from "./rules-types.ts";
import type { WrittenConfig } from "./schema.ts";
import { holdsPassword } from "./secret-names.ts";
import type { Seed } from "./seed.ts";
import { parseDuration, parsePercent } from "./units.ts";
import { extendsSoundly, type Path, resolvedEnvironments } from "./written.ts";

/** Every check of every environment's health, as written. */
const checks = (written: WrittenConfig) =>
  Object.entries(written.environments ?? {}).flatMap(([environment, { health }]) =>
    Object.entries(health ?? {}).map(([name, check]) => ({
      environment,
      path: ["environments", environment, "health", name],
      check,
    })),
  );

/** What goes with what; the first keys say what a check checks, or what a gate asks. */
const checkKinds: Kinds = {
  timed: ["degraded", "unhealthy", "timeout"],
  alone: { postgres: [], redis: [], tcp: [], websocket: [], command: [], http: ["status", "text"] },
  together: ["cpu", "memory", "disk"],
};

const gateKinds: Kinds = {
  timed: [],
  alone: {
    command: ["env", "secrets", "timeout"],
    http: ["headers", "status", "json", "timeout"],
    file: ["min-pass", "max-age"],
    confirm: ["expires"],
  },
  together: [],
};

type Kinds = {
  /** Keys that go with every kind that stands alone. */
  timed: string[];
  /** Kinds, each with the keys of its own. */
  alone: Record<string, string[]>;
  /** Keys that make one kind together. */
  together: string[];
};

/** Exactly one kind, and no key that means nothing beside it. */
function oneKind(written: object, path: Path, { timed, alone, together }: Kinds): Seed[] {
  const keys = Object.keys(written).filter((key) => Reflect.get(written, key) !== undefined);
  const kinds = keys.filter((key) => Object.hasOwn(alone, key));
  const shared = keys.filter((key) => together.includes(key));
  const all = [...Object.keys(alone), ...(together.length > 0 ? [together.join(" and ")] : [])].join(", ");
  const seed = (got: string, remedy: string): Seed[] => [
    { path, at: "value", got, expected: `exactly one of ${all}`, remedy },
  ];
  if (kinds.length + shared.length === 0) return seed("none of them", "Add one of them.");
  if (kinds.length + Math.min(1, shared.length) > 1)
    return seed([...kinds, ...shared].join(" and "), "Make two of it, each with a name of its own.");
  const kind = kinds[0];
  const allowed = kind === undefined ? together : [kind, ...timed, ...(alone[kind] ?? [])];
  return keys
    .filter((key) => !allowed.includes(key))
    .map((key) => ({
      path: [...path, key],
      at: "key",
      got: `${key} beside ${kind ?? shared.join(" and ")}`,
      expected: `only ${allowed.join(", ")}`,
      remedy: `Remove ${key}.`,
    }));
}

export const checksAskOneThing: Rule = (written) =>
  checks(written).flatMap(({ path, check }) => oneKind(check, path, checkKinds));

export const gatesAskOneThing: Rule = (written) =>
  Object.entries(written.environments ?? {}).flatMap(([environment, { gates }]) =>
    Object.entries(gates ?? {}).flatMap(([name, gate]) =>
      oneKind(gate, ["environments", environment, "gates", name], gateKinds),
    ),
  );

export const thresholdsRise: Rule = (written) =>
  checks(written).flatMap(({ path, check }): Seed[] => {
    const { degraded, unhealthy } = check;
    const expected = "degraded first and not above unhealthy";
    const shares = (["cpu", "memory", "disk"] as const).flatMap((key): Seed[] => {
      const pair = check[key];
      if (pair === undefined || (parsePercent(pair[0]) ?? 0) <= (parsePercent(pair[1]) ?? 0)) return [];
      const got = `[${pair.join(", ")}]`;
      const wanted = `[degraded, unhealthy] with ${expected}`;
      return [{ path: [...path, key], at: "value", got, expected: wanted, remedy: "Swap the two." }];
    });
    if (degraded === undefined || unhealthy === undefined) return shares;
    if ((parseDuration(degraded) ?? 0) <= (parseDuration(unhealthy) ?? 0)) return shares;
    const got = `${degraded}, and unhealthy ${unhealthy}`;
    return [...shares, { path: [...path, "degraded"], at: "value", got, expected, remedy: "Swap the two." }];
  });

/** The texts of checks and gates in which `${…}` may stand. */
function texts(written: WrittenConfig): { environment: string; path: Path; text: string }[] {
  const found = checks(written).flatMap(({ environment, path, check }) =>
    (["postgres", "redis", "http", "websocket", "tcp"] as const).flatMap((key) => {
      const text = check[key];
      return text === undefined ? [] : [{ environment, path: [...path, key], text }];
    }),
  );
  for (const [environment, { gates }] of Object.entries(written.environments ?? {}))
    for (const [name, { file, http, headers }] of Object.entries(gates ?? {})) {
      const path = ["environments", environment, "gates", name];
      if (file !== undefined) found.push({ environment, path: [...path, "file"], text: file });
      if (http !== undefined) found.push({ environment, path: [...path, "http"], text: http });
      for (const [header, text] of Object.entries(headers ?? {}))
        found.push({ environment, path: [...path, "headers", header], text });
    }
  return found;
}

/** `${NAME}` is a secret or a variable of the environment or of a component; a file's variables are not known yet. */
export const valuesAreKnown: Rule = (written, config) => {
  const resolved = resolvedEnvironments(written);
  return texts(written).flatMap(({ environment, path, text }): Seed[] => {
    if (!extendsSoundly(written, environment)) return [];
    const one = config.environments[environment];
    const known = [
      ...(path.includes("gates") ? ["version"] : []),
      ...Object.keys(written.secrets ?? {}),
      ...Object.keys(resolved[environment]?.env ?? {}),
      ...Object.values(written.components ?? {}).flatMap((component) => Object.keys(component.env ?? {})),
      ...Object.keys(one?.accessories ?? {}).map((name) => `accessories.${name}.url`),
    ];
    const fromFile = one?.environmentFile !== null;
    return references(text)
      .filter((name) => !known.includes(name) && !(fromFile && /^[A-Za-z_]\w*$/.test(name)))
      .map((name): Seed => {
        const near = nearest(name, known);
        return {
          path,
          at: "value",
          got: `\${${name}}`,
          expected: "the name of a secret, of a variable or of an accessory's url",
          ...(near === null ? {} : { nearest: `\${${near}}` }),
          remedy: near === null ? `Add ${name} to secrets.` : `Write \${${near}}.`,
        };
      });
  });
};

export const passwordsAreNotWrittenOut: Rule = (written) =>
  texts(written)
    .filter(({ text }) => holdsPassword(text) && !/:\/\/[^@]*\$\{[^@]*@/.test(text))
    .map(({ path }) => ({
      path,
      at: "value",
      got: "a password that is written out",
      expected: "a secret by reference, such as ${DATABASE_URL}",
      remedy: "Move the URL to secrets, and write ${NAME} here.",
    }));
