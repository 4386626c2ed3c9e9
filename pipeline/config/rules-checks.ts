import type { Rule } from "./rules-types.ts";
import type { Seed } from "./seed.ts";
import { allChecks, kindOf, type Path } from "./written.ts";

/** Only node's image is known; any other toolchain names its own. */
export const toolchainsHaveImages: Rule = (written) =>
  Object.entries(written.toolchains ?? {})
    .filter(([name, toolchain]) => name !== "node" && toolchain.image === undefined)
    .map(([name]) => ({
      path: ["toolchains", name],
      at: "key",
      got: "no image",
      expected: "an image such as python:3.11-slim (only node has one by default)",
      remedy: `Add image to the toolchain ${name}.`,
    }));

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
