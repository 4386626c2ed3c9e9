import type { Rule } from "./rules-types.ts";
import type { Seed } from "./seed.ts";
import { resolvedEnvironments } from "./written.ts";

type WrittenSystemd = {
  hosts?: string[] | undefined;
  roles?: Record<string, { hosts: string[]; components: string[] }> | undefined;
};

/** The environments whose releases run on hosts, with the place at which that was written. */
function onHosts(written: Parameters<Rule>[0]) {
  const resolved = resolvedEnvironments(written);
  return Object.entries(resolved).flatMap(([name, { target, accessories }]) => {
    if (typeof target !== "object" || !target.systemd) return [];
    const own = written.environments?.[name]?.target !== undefined;
    const path = ["environments", name];
    const systemd: WrittenSystemd = target.systemd;
    return [
      { name, own, path: own ? [...path, "target", "systemd"] : [...path, "extends"], systemd, accessories },
    ];
  });
}

export const rolesHaveTheComponents: Rule = (written) =>
  onHosts(written).flatMap(({ path, own, systemd }): Seed[] => {
    if (!own || systemd.roles === undefined) return [];
    const known = Object.keys(written.components ?? {});
    const roles = Object.entries(systemd.roles);
    const unknown = roles.flatMap(([role, { components }]) =>
      components
        .map((name, index): Seed | null =>
          known.includes(name)
            ? null
            : {
                path: [...path, "roles", role, "components", index],
                at: "value",
                got: name,
                expected: `one of ${known.join(", ")}`,
                remedy: "Name a component of this configuration.",
              },
        )
        .filter((seed) => seed !== null),
    );
    const homeless = known.filter((name) => !roles.some(([, { components }]) => components.includes(name)));
    return [
      ...unknown,
      ...homeless.map(
        (name): Seed => ({
          path: [...path, "roles"],
          at: "value",
          got: `no role for ${name}`,
          expected: "every component in a role",
          remedy: `Add ${name} to the components of a role.`,
        }),
      ),
    ];
  });

export const hostsBringTheirOwnServers: Rule = (written) =>
  onHosts(written).flatMap(({ name, accessories }): Seed[] =>
    Object.keys(accessories ?? {}).map((accessory) => {
      const own = written.environments?.[name]?.accessories?.[accessory] !== undefined;
      return {
        path: own ? ["environments", name, "accessories", accessory] : ["environments", name, "extends"],
        at: own ? "key" : "value",
        got: `the accessory ${accessory} with hosts of systemd`,
        expected: "no accessories: they run on the target local only",
        remedy: `Name the server of ${name} in its environment file, e.g. DATABASE_URL, and remove the accessory.`,
      };
    }),
  );

export const hostPortsAreApart: Rule = (written, config) =>
  onHosts(written).flatMap(({ name, path, own }): Seed[] => {
    const target = config.environments[name]?.target;
    if (target?.kind !== "systemd" || target.port === null) return [];
    const [from, to] = target.ports;
    if (target.port < from || target.port > to) return [];
    return [
      {
        path: own ? path : ["environments", name, "extends"],
        at: "value",
        got: `port ${target.port} among the components' ports ${from}-${to}`,
        expected: "a port of the router outside of them",
        remedy: "Write another port, or other ports.",
      },
    ];
  });
