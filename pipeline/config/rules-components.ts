import { cyclesIn } from "./cycles.ts";
import type { Rule } from "./rules-types.ts";
import { holdsPassword, looksSecret } from "./secret-names.ts";
import type { Seed } from "./seed.ts";
import { values } from "./values.ts";
import type { Path } from "./written.ts";

export const startOrderHasNoCycle: Rule = (written) => {
  const components = Object.entries(written.components ?? {});
  return cyclesIn(Object.fromEntries(components.map(([name, one]) => [name, one.after ?? []]))).map(
    (cycle) => ({
      path: ["components", cycle[0] ?? "", "after"],
      at: "value",
      got: `a cycle: ${[...cycle, cycle[0]].join(" after ")}`,
      expected: "components that do not wait for each other",
      remedy: "Remove one of these names from its list.",
    }),
  );
};

export const probesHaveAPort: Rule = (written) =>
  Object.entries(written.components ?? {}).flatMap(([name, { health, port }]) => {
    const probe = (["live", "ready", "startup"] as const).find((key) => health?.[key] !== undefined);
    if (probe === undefined || port !== undefined) return [];
    return [
      {
        path: ["components", name, "health", probe],
        at: "value",
        expected: "a component with a port, where a path is probed",
        remedy: `Add port to the component ${name}, or remove the path.`,
        refersTo: ["components", name, "port"],
      },
    ];
  });

export const oneImageAComponent: Rule = (_written, config) => {
  const owner = new Map<string, string>();
  return Object.values(config.images).flatMap(({ name, component }): Seed[] => {
    const other = owner.get(component);
    owner.set(component, other ?? name);
    if (other === undefined) return [];
    return [
      {
        path: ["images", name],
        at: "key",
        got: `a second image of the component ${component}, beside ${other}`,
        expected: "one image a component",
        remedy: "Remove one of the two, or name another component.",
      },
    ];
  });
};

/** Secrets are there by reference only; test values of checks are none. */
export const secretsAreNotWrittenOut: Rule = (written) => {
  const rooms: [Path, Record<string, string>][] = [
    ...Object.entries(written.components ?? {}).map(([name, one]): [Path, Record<string, string>] => [
      ["components", name, "env"],
      values(one.env),
    ]),
    ...Object.entries(written.environments ?? {}).map(([name, one]): [Path, Record<string, string>] => [
      ["environments", name, "env"],
      values(one.env),
    ]),
  ];
  return rooms.flatMap(([path, variables]) =>
    Object.entries(variables)
      .filter(
        ([name, value]) =>
          value !== "" && !value.includes("${") && (looksSecret(name) || holdsPassword(value)),
      )
      .map(
        ([name]): Seed => ({
          path: [...path, name],
          at: "value",
          got: "a secret that is written out",
          expected: "a secret by reference",
          remedy: `Move ${name} to secrets, e.g. ${name}: { from: env }, and name it in the component's secrets.`,
        }),
      ),
  );
};
