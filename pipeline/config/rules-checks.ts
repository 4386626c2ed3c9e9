import { references } from "./interpolate.ts";
import { readerOf, readers } from "./linters.ts";
import { nearest } from "./nearest.ts";
import type { Rule } from "./rules-types.ts";
import type { WrittenAllowance } from "./schema-security.ts";
import type { Seed } from "./seed.ts";
import { values } from "./values.ts";
import { allChecks, kindOf, type Path } from "./written.ts";

const languages = ["node", "python", "rust"];

/** Images of known languages are known; any other toolchain names its own. */
export const toolchainsHaveImages: Rule = (written) =>
  Object.entries(written.toolchains ?? {})
    .filter(
      ([name, toolchain]) => !languages.includes(toolchain.kind ?? name) && toolchain.image === undefined,
    )
    .map(([name]) => ({
      path: ["toolchains", name],
      at: "key",
      got: "no image",
      expected: "an image such as golang:1.26 (only node, python and rust have one by default)",
      remedy: `Add image to the toolchain ${name}.`,
    }));

/** pip's list and groups of dependencies mean nothing to another language. */
export const onlyPythonInstalls: Rule = (written) =>
  Object.entries(written.toolchains ?? {})
    .filter(([name, toolchain]) => (toolchain.kind ?? name) !== "python")
    .flatMap(([name, toolchain]) =>
      (["install", "groups"] as const)
        .filter((key) => toolchain[key] !== undefined)
        .map((key) => ({
          path: ["toolchains", name, key],
          at: "key" as const,
          got: key,
          expected: `${key} only in a python toolchain`,
          remedy: `Remove ${key} from ${name}, or write its commands under setup.`,
        })),
    );

export const serversHaveAKind: Rule = (written) => {
  const rooms: [Path, NonNullable<typeof written.services>][] = [[["services"], written.services ?? {}]];
  for (const [name, environment] of Object.entries(written.environments ?? {})) {
    rooms.push([["environments", name, "accessories"], environment.accessories ?? {}]);
  }
  return rooms.flatMap(([path, servers]) =>
    Object.entries(servers)
      .filter(([name, server]) => kindOf(name, server) === null)
      .map(
        ([name]): Seed => ({
          path: [...path, name],
          at: "key",
          got: name,
          expected: "the name postgres or redis, or a kind",
          remedy: `Add kind: postgres or kind: redis to ${name}.`,
        }),
      ),
  );
};

/** Two servers of one check would set the same variable, and one of them could not be found. */
export const variablesOfServicesDiffer: Rule = (written, config) =>
  allChecks(written).flatMap(({ keys, path }) => {
    const owner = new Map<string, string>();
    return (keys.services ?? []).flatMap((name, index): Seed[] => {
      const taken = Object.keys(config.services[name]?.environment ?? {}).find((variable) =>
        owner.has(variable),
      );
      for (const variable of Object.keys(config.services[name]?.environment ?? {})) owner.set(variable, name);
      if (taken === undefined) return [];
      return [
        {
          path: [...path, "services", index],
          at: "value",
          got: `${name}, which sets ${taken} like another service of this check`,
          expected: "services with different variables",
          remedy: `Add env to services.${name} with names of its own.`,
          refersTo: ["services", name],
        },
      ];
    });
  });

/** A component beside a check finds the check's services where an environment has its accessories. */
export const componentsFindTheirServers: Rule = (written) =>
  allChecks(written).flatMap(({ keys, path }) =>
    (keys.components ?? []).flatMap((name, index): Seed[] => {
      const { env, command } = written.components?.[name] ?? {};
      const texts = [...Object.values(values(env)), ...[command ?? ""].flat()];
      const wanted = texts
        .flatMap(references)
        .flatMap((one) => /^accessories\.([^.]+)\./.exec(one)?.[1] ?? [])
        .filter((server) => !(keys.services ?? []).includes(server));
      return [...new Set(wanted)].map((server) => ({
        path: [...path, "components", index],
        at: "value",
        got: `${name}, which needs accessories.${server}`,
        expected: `a service ${server} of this check, which stands for it here`,
        remedy: `Add ${server} to the check's services.`,
        refersTo: ["services", server],
      }));
    }),
  );

/** Findings that nobody can read would be silently lost. */
export const readersAreKnown: Rule = (written) =>
  allChecks(written).flatMap(({ keys, path }): Seed[] => {
    const { findings } = keys;
    const reader = typeof findings === "string" ? findings : findings?.reader;
    if (reader === undefined || readerOf(reader) !== null) return [];
    const near = nearest(reader, readers);
    return [
      {
        path: typeof findings === "string" ? [...path, "findings"] : [...path, "findings", "reader"],
        at: "value",
        got: reader,
        expected: `one of ${readers.join(", ")}`,
        ...(near === null ? {} : { nearest: near }),
        remedy: near === null ? "Make the linter write SARIF, and write sarif here." : `Write ${near}.`,
      },
    ];
  });

/** A threshold without a report could never be looked at. */
export const thresholdsHaveAReport: Rule = (written) =>
  allChecks(written)
    .filter(({ keys }) => keys.coverage !== undefined && keys.reports?.coverage === undefined)
    .map(
      ({ path }): Seed => ({
        path: [...path, "coverage"],
        at: "key",
        got: "coverage without a report of it",
        expected: "reports.coverage beside it",
        remedy: "Add reports: { coverage: FILE } with the file that the command writes.",
      }),
    );

/** An entry that names nothing would allow everything. */
export const allowancesNameSomething: Rule = (written) => {
  const lists: [Path, readonly WrittenAllowance[]][] = [
    [["security", "secrets", "allow"], written.security?.secrets?.allow ?? []],
    [["security", "vulnerabilities", "ignore"], written.security?.vulnerabilities?.ignore ?? []],
  ];
  return lists.flatMap(([path, list]) =>
    list.flatMap(({ rule, path: file, fingerprint }, index): Seed[] =>
      rule === undefined && file === undefined && fingerprint === undefined
        ? [
            {
              path: [...path, index],
              at: "value",
              got: "an entry that names nothing",
              expected: "rule, path or fingerprint",
              remedy: "Name what is allowed: an entry without it would allow everything.",
            },
          ]
        : [],
    ),
  );
};
