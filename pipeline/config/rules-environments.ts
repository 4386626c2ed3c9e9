import { cyclesIn } from "./cycles.ts";
import type { Rule } from "./rules-types.ts";
import type { Seed } from "./seed.ts";

/** Names that mean something else: stages, and the word for "no environment". */
const taken = [
  "lint",
  "security-scan",
  "unit-test",
  "integration-test",
  "image",
  "approval",
  "rollback",
  "none",
];

export const namesAreFree: Rule = (written) =>
  Object.keys(written.environments ?? {})
    .filter((name) => taken.includes(name))
    .map((name) => ({
      path: ["environments", name],
      at: "key",
      got: name,
      expected: `a name other than ${taken.join(", ")}`,
      remedy: "Rename the environment.",
    }));

export const extendsHasNoCycle: Rule = (written) => {
  const environments = Object.entries(written.environments ?? {});
  const edges = environments.map(
    ([name, one]) => [name, one.extends === undefined ? [] : [one.extends]] as const,
  );
  return cyclesIn(Object.fromEntries(edges)).map((cycle) => ({
    path: ["environments", cycle[0] ?? "", "extends"],
    at: "value",
    got: `a cycle: ${[...cycle, cycle[0]].join(" extends ")}`,
    expected: "environments that do not extend each other",
    remedy: "Remove extends from one of them.",
  }));
};

export const promotionHasNoCycle: Rule = (written, config) => {
  const environments = Object.values(config.environments);
  const edges = environments.map(
    (one) => [one.name, one.promoteFrom === null ? [] : [one.promoteFrom]] as const,
  );
  return cyclesIn(Object.fromEntries(edges)).map((cycle) => {
    const name =
      cycle.find((one) => written.environments?.[one]?.["promote-from"] !== undefined) ?? cycle[0] ?? "";
    return {
      path: ["environments", name, "promote-from"],
      at: "value",
      got: `a cycle: ${[...cycle, cycle[0]].join(" promoted from ")}`,
      expected: "a way to production that begins somewhere",
      remedy: "Write none in one of them.",
    };
  });
};

export const localPortsDiffer: Rule = (written, config) => {
  const owner = new Map<number, string>();
  return Object.values(config.environments).flatMap(({ name, target }): Seed[] => {
    if (target.kind !== "local") return [];
    const { port } = target;
    const other = port === null ? undefined : owner.get(port);
    if (port !== null && other === undefined) owner.set(port, name);
    if (other === undefined) return [];
    const own = written.environments?.[name]?.target !== undefined;
    const path = ["environments", name];
    return [
      {
        path: own ? [...path, "target", "local", "port"] : [...path, "extends"],
        at: "value",
        got: own ? String(port) : `port ${port} taken from ${written.environments?.[name]?.extends}`,
        expected: `a port of its own (${port} is ${other}'s)`,
        remedy: `Give ${name} a target with another port: target: { local: { port: … } }.`,
      },
    ];
  });
};

/** An approval is bound to digests, so there must be something that has one. */
export const approvalsHaveAnImage: Rule = (written) =>
  Object.entries(written.environments ?? {})
    .filter(([, { approval }]) => approval !== undefined && approval !== "none")
    .filter(() => Object.keys(written.images ?? {}).length === 0)
    .map(([name]) => ({
      path: ["environments", name, "approval"],
      at: "key",
      got: "an approval without an image",
      expected: "an image, because an approval is bound to its digest",
      remedy: "Add images, or remove approval.",
      refersTo: ["images"],
    }));

export const smokeAsksSomething: Rule = (written) =>
  Object.entries(written.environments ?? {}).flatMap(([name, { smoke }]) =>
    (smoke ?? []).flatMap((check, index): Seed[] => {
      const path = ["environments", name, "smoke", index];
      const listeners = Object.entries(written.components ?? {}).filter(([, one]) => one.port !== undefined);
      const seed = (got: string, expected: string, remedy: string): Seed => ({
        path,
        at: "value",
        got,
        expected,
        remedy,
      });
      if ((check.get === undefined) === (check.post === undefined)) {
        const got = check.get === undefined ? "neither get nor post" : "both get and post";
        return [seed(got, "either get or post, with a path", "Write get: /PATH or post: /PATH.")];
      }
      if (check.get !== undefined && check.body !== undefined) {
        return [
          seed(
            "a GET request with a body",
            "a body only with post",
            "Write post instead of get, or remove body.",
          ),
        ];
      }
      if (check.component !== undefined) {
        const known = written.components?.[check.component];
        if (known === undefined || known.port !== undefined) return [];
        return [
          seed(check.component, "a component with a port", `Add port to the component ${check.component}.`),
        ];
      }
      if (listeners.length === 1) return [];
      const got =
        listeners.length === 0 ? "no component with a port" : "no component named, and several with a port";
      return [
        {
          ...seed(got, "a component that listens", "Add component with the name of one that has a port."),
          refersTo: ["components"],
        },
      ];
    }),
  );
