import { statSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rename, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256 } from "../../../canonical.ts";
import { removeTree, writeFileAtomic } from "../../../io/files.ts";
import { ok, type Result } from "../../../result.ts";
import {
  type Cluster,
  type ClusterFailure,
  freshPassword,
  initialiseCluster,
  type Made,
  runAsUser,
} from "./postgres-cluster.ts";
import { makeReachable } from "./reach.ts";
import type { PostgresPrograms, ServerContext } from "./server-context.ts";

/** Beginning of the names of templates in the library, beside data and programs that others keep there. */
const prefix = "cluster-";

/** So many templates (40 MB each) are kept, and none for longer than this time (ms) after its last use. */
const kept = { most: 5, ms: 30 * 24 * 3_600_000 };

/**
 * Makes a data directory for a server that is thrown away: a copy of one that initdb made earlier, where there is one.
 * initdb takes most of the time until a server answers, and its result depends on its program and on the user alone.
 * The first start on a machine leaves a sign only and the second one a template: what is started once pays nothing.
 */
export async function throwAwayCluster(
  context: ServerContext,
  programs: PostgresPrograms,
  cluster: Cluster,
): Promise<Result<Made, ClusterFailure>> {
  const template = join(context.library, `${prefix}${keyOf(context, programs, cluster.user)}`);
  const password = await copied(context, template, cluster).catch(() => null);
  if (password !== null) return ok({ password, template });
  const isKept = (await isSeen(template, context.user)) && !cluster.signal?.aborted;
  const own = isKept ? freshPassword() : cluster.password;
  const made = await initialiseCluster(context, programs, { ...cluster, password: own, durable: false });
  // A library that cannot be written costs the next start its time, and this one nothing.
  if (made.ok && isKept)
    await keep(context, programs, template, { ...cluster, password: own }).catch(() => {});
  return made;
}

/** Another program, also an update in the same place, and another user make other data. */
function keyOf(context: ServerContext, { bin, version }: PostgresPrograms, user: string): string {
  const { size, mtimeMs } = statSync(join(bin, "postgres"));
  return sha256(JSON.stringify([1, bin, version, size, mtimeMs, user, context.user])).slice(0, 16);
}

/** Whether a start before this one has left its sign, the place without a template in it; leaves it otherwise. */
async function isSeen(template: string, user: number | null): Promise<boolean> {
  try {
    await makeReachable(dirname(template), user);
    await mkdir(template);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EEXIST";
  }
}

/** Copies the template's data; gives their password, or null where there is no template or it cannot be copied. */
async function copied(context: ServerContext, template: string, cluster: Cluster): Promise<string | null> {
  const password = await readFile(join(template, "password"), "utf8").catch(() => null);
  if (password === null) return null;
  const now = new Date(context.clock.now());
  await utimes(template, now, now);
  const staged = await mkdtemp(join(dirname(cluster.data), ".initialising-"));
  try {
    if (await copyData(context, join(template, "data"), staged, cluster.signal).catch(() => false)) {
      await rename(staged, cluster.data);
      return password;
    }
    if (!cluster.signal?.aborted) await removeTree(template);
    return null;
  } finally {
    await removeTree(staged);
  }
}

/** Keeps a copy of new data, on the disk before it has its name: a power cut leaves no damaged template. */
async function keep(
  context: ServerContext,
  programs: PostgresPrograms,
  template: string,
  { data, password, signal }: Cluster,
): Promise<void> {
  await removeOld(context, dirname(template));
  const staged = await mkdtemp(`${template}.`);
  try {
    await chmod(staged, 0o711);
    const copy = join(staged, "data");
    await mkdir(copy, { mode: 0o700 });
    if (!(await copyData(context, data, copy, signal))) return;
    const synced = await runAsUser(
      context,
      [join(programs.bin, "initdb"), "--sync-only", "-D", copy],
      signal,
    );
    if (!synced.ok) return;
    await writeFileAtomic(join(staged, "password"), password, { mode: 0o600 });
    // Takes the place of the sign, which is empty; refused where somebody was quicker, whose copy is as good.
    await rename(staged, template);
  } finally {
    await removeTree(staged);
  }
}

/** Copies a data directory into one that is empty, each database by a process of its own: files are made one by one. */
async function copyData(
  context: ServerContext,
  from: string,
  to: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  await mkdir(join(to, "base"), { mode: 0o700 });
  const owner = context.user;
  if (owner !== null) await Promise.all([to, join(to, "base")].map((path) => chown(path, owner, owner)));
  const rest = (await readdir(from)).filter((name) => name !== "base").map((name) => join(from, name));
  const copies = (await readdir(join(from, "base"))).map((name) => [
    join(from, "base", name),
    join(to, "base"),
  ]);
  const done = [[...rest, to], ...copies].map((paths) => runAsUser(context, ["cp", "-R", ...paths], signal));
  return (await Promise.all(done)).every((copy) => copy.ok);
}

/** Removes templates, and halves that a killed run left, that were not used for long or are too many. */
async function removeOld(context: ServerContext, library: string): Promise<void> {
  const names = (await readdir(library)).filter((name) => name.startsWith(prefix));
  const found = await Promise.all(
    names.map(async (name) => ({ name, usedAt: (await stat(join(library, name))).mtimeMs })),
  );
  found.sort((a, b) => b.usedAt - a.usedAt);
  for (const [index, { name, usedAt }] of found.entries()) {
    if (index >= kept.most || context.clock.now() - usedAt > kept.ms) await removeTree(join(library, name));
  }
}
