import { posix } from "node:path";
import type { Rule } from "./rules-types.ts";
import type { Seed } from "./seed.ts";
import { allChecks, type Path } from "./written.ts";

/** Whether a relative path stays below the directory that it starts from. */
export function staysInside(path: string): boolean {
  if (path.startsWith("/") || path.startsWith("~") || /^[A-Za-z]:/.test(path) || path.includes("\\"))
    return false;
  let depth = 0;
  for (const part of path.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) return false;
  }
  return true;
}

/** Whether a path is the directory that it starts from. */
const isWhole = (path: string): boolean => posix.normalize(path).replace(/\/$/, "") === ".";

type Written = { path: Path; value: string | undefined };

/** Outputs, artifacts, reports and directories lie in the checkout: neither absolute nor with ../ out of it. */
export const pathsStayInside: Rule = (written) => {
  const found: Written[] = [];
  const one = (value: string | undefined, ...path: Path) => found.push({ path, value });
  const each = (values: string[] | undefined, ...path: Path) =>
    values?.forEach((value, index) => {
      found.push({ path: [...path, index], value });
    });
  const oneOrMore = (value: string | string[] | undefined, ...path: Path) =>
    Array.isArray(value) ? each(value, ...path) : one(value, ...path);
  for (const [name, toolchain] of Object.entries(written.toolchains ?? {})) {
    one(toolchain.directory, "toolchains", name, "directory");
    each(toolchain.inputs, "toolchains", name, "inputs");
    each(toolchain.outputs, "toolchains", name, "outputs");
  }
  for (const [name, service] of Object.entries(written.services ?? {}))
    oneOrMore(service.init, "services", name, "init");
  for (const { path, keys } of allChecks(written)) {
    one(keys.directory, ...path, "directory");
    each(keys.inputs, ...path, "inputs");
    each(keys.outputs, ...path, "outputs");
    one(keys.reports?.junit, ...path, "reports", "junit");
    one(keys.reports?.coverage, ...path, "reports", "coverage");
  }
  for (const [name, component] of Object.entries(written.components ?? {})) {
    one(component.artifact, "components", name, "artifact");
    each(component.build?.inputs, "components", name, "build", "inputs");
    each(component.build?.outputs, "components", name, "build", "outputs");
  }
  for (const [name, { dockerfile }] of Object.entries(written.images ?? {})) {
    if (typeof dockerfile === "string") one(dockerfile, "images", name, "dockerfile");
    else {
      one(dockerfile?.file, "images", name, "dockerfile", "file");
      if (dockerfile?.context !== ".") one(dockerfile?.context, "images", name, "dockerfile", "context");
    }
  }
  for (const [name, environment] of Object.entries(written.environments ?? {})) {
    if (typeof environment.approval === "object")
      one(environment.approval.signers, "environments", name, "approval", "signers");
    each(environment["signed-by"], "environments", name, "signed-by");
    for (const [accessory, service] of Object.entries(environment.accessories ?? {})) {
      oneOrMore(service.init, "environments", name, "accessories", accessory, "init");
    }
  }
  return found.flatMap(({ path, value }) =>
    value === undefined || staysInside(value) ? [] : [escaping(path)],
  );
};

/** What a step writes is below the root: the root itself holds git's files, the tool's own and all sources. */
export const outputsAreBelow: Rule = (written) => {
  const each = (values: string[] | undefined, ...path: Path): Written[] =>
    (values ?? []).map((value, index) => ({ path: [...path, index], value }));
  const all = [
    ...Object.entries(written.toolchains ?? {}).flatMap(([name, { outputs }]) =>
      each(outputs, "toolchains", name, "outputs"),
    ),
    ...allChecks(written).flatMap(({ path, keys }) => each(keys.outputs, ...path, "outputs")),
    ...Object.entries(written.components ?? {}).flatMap(([name, { artifact, build }]) => [
      ...each(build?.outputs, "components", name, "build", "outputs"),
      ...(build && !build.outputs ? [{ path: ["components", name, "artifact"], value: artifact }] : []),
    ]),
  ];
  return all.flatMap(({ path, value }) =>
    value !== undefined && isWhole(value)
      ? [
          {
            path,
            at: "value" as const,
            expected:
              "a path below the root: the root itself holds the sources, git's files and the tool's own",
            remedy: "Name what is written, e.g. dist; an artifact of the sources themselves needs no build.",
          },
        ]
      : [],
  );
};

const escaping = (path: Path): Seed => ({
  path,
  at: "value",
  expected: "a path inside the repository, relative to its root",
  remedy: "Write a path without a leading / and without ../ out of the repository.",
});
