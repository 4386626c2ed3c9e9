import { readFile } from "node:fs/promises";
import type { Drift } from "../../deploy/drift.ts";
import type { Release, ReleaseComponent } from "../../deploy/release.ts";
import { inheritedVariables } from "../../deploy/variables.ts";
import { type Core, processSpec } from "./core.ts";

/** Target.drift: the files of every kept release, the values of its secrets, and what its processes started with. */
export async function driftOf(core: Core): Promise<Drift[]> {
  const found: Drift[] = [];
  for (const release of await core.shelf.list()) {
    const changed = await core.shelf.changed(release.id);
    const { id, version } = release;
    found.push(
      ...changed.map(({ path, expected, found }) => ({
        release: id,
        version,
        what: `file ${path}`,
        expected,
        found,
        placeable: true,
      })),
      ...(await secretDrift(core, release)),
      ...(await processDrift(core, release)),
    );
  }
  return found;
}

/** Values that are not those that were placed: by their versions, since nobody may see them. */
async function secretDrift(core: Core, { id, version }: Release): Promise<Drift[]> {
  const record = await core.shelf.record(id);
  if (!record) return [];
  const drift = (what: string, expected: string, found: string): Drift => ({
    release: id,
    version,
    what,
    expected,
    found,
    placeable: false,
  });
  const read = await core.shelf.secrets(id);
  if (!read.ok) return [drift("environment.json", "values of secrets", "not readable")];
  const names = [...new Set([...Object.keys(record.secrets), ...Object.keys(read.value)])].sort();
  const found: Drift[] = [];
  for (const name of names) {
    const value = read.value[name];
    const now = value === undefined ? "missing" : `version ${await core.shelf.versionOf(name, value)}`;
    const placed = record.secrets[name];
    const expected = placed === undefined ? "no value" : `version ${placed}`;
    if (now !== expected) found.push(drift(`secret ${name}`, expected, now));
  }
  return found;
}

/**
 * Variables of a release that its process does not have as they were placed; where a system shows no process's, none.
 * What the machine gives (PATH, HOME) is not the release's, and launchers such as version managers change it.
 */
async function processDrift(core: Core, release: Release): Promise<Drift[]> {
  const run = core.runs.get(release.id);
  const placed = await core.shelf.read(release.id);
  if (!run || !placed.ok || !placed.value) return [];
  const found: Drift[] = [];
  for (const component of release.components) {
    const supervised = run.component(component.name);
    const pid = supervised?.observe().pid ?? null;
    const actual = pid === null ? null : await variablesOf(pid);
    if (!supervised || actual === null) continue;
    const spec = await processSpec(core, placed.value, component, supervised.port);
    if (!spec.ok) continue;
    const machine = inheritedVariables(spec.value.environment);
    for (const [name, value] of Object.entries(spec.value.environment)) {
      if (name in machine && !(name in component.environment)) continue;
      if (await isAsPlaced(core, release, component, name, { value, now: actual[name] })) continue;
      found.push({
        release: release.id,
        version: release.version,
        what: `process ${component.name}: ${name}`,
        expected: "the value that was placed",
        found: actual[name] === undefined ? "missing" : "another value",
        placeable: false,
      });
    }
  }
  return found;
}

/** A secret is compared with what was placed: its file may have been changed and changed back. */
async function isAsPlaced(
  core: Core,
  { id }: Release,
  component: ReleaseComponent,
  name: string,
  { value, now }: { value: string; now: string | undefined },
): Promise<boolean> {
  const version = component.secrets.includes(name) ? (await core.shelf.record(id))?.secrets[name] : undefined;
  if (version === undefined || now === undefined) return now === value;
  return (await core.shelf.versionOf(name, now)) === version;
}

/** The variables that a process was started with, or null where the system does not show them. */
async function variablesOf(pid: number): Promise<Record<string, string> | null> {
  const text = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => null);
  if (text === null || text === "") return null;
  return Object.fromEntries(
    text.split("\0").flatMap((one) => {
      const at = one.indexOf("=");
      return at > 0 ? [[one.slice(0, at), one.slice(at + 1)]] : [];
    }),
  );
}
