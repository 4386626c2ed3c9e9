import { nearest } from "./nearest.ts";
import type { Rule } from "./rules-types.ts";
import type { Seed } from "./seed.ts";
import { allChecks, type Path } from "./written.ts";

/** A seed for each name at `path` (a list, or one name) that is not a key of the map at `room`. */
function unknown(
  named: string | readonly string[] | undefined,
  path: Path,
  what: string,
  room: Path,
  known: object,
): Seed[] {
  const one = (name: string, at: Path): Seed[] => {
    if (Object.hasOwn(known, name)) return [];
    const near = nearest(name, Object.keys(known));
    const names = Object.keys(known).join(", ");
    return [
      {
        path: at,
        at: "value",
        got: name,
        expected: names === "" ? `the name of ${what}; there is none yet` : `the name of ${what}: ${names}`,
        ...(near === null ? {} : { nearest: near }),
        remedy: near === null ? `Add ${name} to ${room.join(".")}, or remove it here.` : `Write ${near}.`,
        refersTo: [...room, name],
      },
    ];
  };
  if (named === undefined) return [];
  if (typeof named === "string") return one(named, path);
  return named.flatMap((name, index) => one(name, [...path, index]));
}

export const toolchainsAreKnown: Rule = (written) => {
  const known = written.toolchains ?? {};
  const find = (named: string[] | undefined, path: Path) =>
    unknown(named, [...path, "toolchains"], "a toolchain", ["toolchains"], known);
  return [
    ...allChecks(written).flatMap((check) => find(check.keys.toolchains, check.path)),
    ...Object.entries(written.components ?? {}).flatMap(([name, one]) =>
      find(one.toolchains, ["components", name]),
    ),
  ];
};

export const servicesAreKnown: Rule = (written) =>
  allChecks(written).flatMap(({ keys, path }) =>
    unknown(keys.services, [...path, "services"], "a service", ["services"], written.services ?? {}),
  );

export const secretsAreKnown: Rule = (written) => {
  const find = (named: string[] | undefined, path: Path) =>
    unknown(named, [...path, "secrets"], "a secret", ["secrets"], written.secrets ?? {});
  return [
    ...allChecks(written).flatMap((check) => find(check.keys.secrets, check.path)),
    ...Object.entries(written.components ?? {}).flatMap(([name, one]) =>
      find(one.secrets, ["components", name]),
    ),
    ...Object.entries(written.images ?? {}).flatMap(([name, { dockerfile }]) =>
      typeof dockerfile === "object" ? find(dockerfile.secrets, ["images", name, "dockerfile"]) : [],
    ),
    ...Object.entries(written.environments ?? {}).flatMap(([name, { gates }]) =>
      Object.entries(gates ?? {}).flatMap(([gate, one]) =>
        find(one.secrets, ["environments", name, "gates", gate]),
      ),
    ),
  ];
};

export const componentsAreKnown: Rule = (written) => {
  const find = (named: string | string[] | undefined, path: Path) =>
    unknown(named, path, "a component", ["components"], written.components ?? {});
  const seeds = Object.entries(written.components ?? {}).flatMap(([name, one]) =>
    find(one.after, ["components", name, "after"]),
  );
  for (const { keys, path } of allChecks(written))
    seeds.push(...find(keys.components, [...path, "components"]));
  for (const [name, image] of Object.entries(written.images ?? {})) {
    const path = image.component === undefined ? ["images", name] : ["images", name, "component"];
    seeds.push(...find(image.component ?? name, path).map((seed) => keyWhereShort(seed, image.component)));
  }
  for (const [name, { migrate, smoke }] of Object.entries(written.environments ?? {})) {
    const path = ["environments", name];
    if (migrate !== undefined && migrate !== "none")
      seeds.push(...find(migrate.in, [...path, "migrate", "in"]));
    smoke?.forEach((one, index) => {
      seeds.push(...find(one.component, [...path, "smoke", index, "component"]));
    });
  }
  return seeds;
};

/** An image without `component` names one by its own key. */
const keyWhereShort = (seed: Seed, component: string | undefined): Seed =>
  component === undefined
    ? { ...seed, at: "key", remedy: "Add component to the image, or rename the image." }
    : seed;

export const environmentsAreKnown: Rule = (written) => {
  const known = written.environments ?? {};
  return Object.entries(known).flatMap(([name, one]) => {
    const from = one["promote-from"];
    return [
      ...unknown(one.extends, ["environments", name, "extends"], "an environment", ["environments"], known),
      ...unknown(
        from === "none" ? undefined : from,
        ["environments", name, "promote-from"],
        "an environment",
        ["environments"],
        known,
      ),
    ];
  });
};
