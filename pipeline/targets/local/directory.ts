import { createHash } from "node:crypto";
import { join } from "node:path";

/** Where everything of one environment lies below the tool's state directory. */
export type Places = ReturnType<typeof placesOf>;

/** Others may pass through an environment's directory, not look: a database server has a user of its own. */
export const environmentMode = 0o711;

/** The paths of an environment; nothing is made. */
export function placesOf(state: string, environment: string) {
  const root = join(state, "local", environment);
  const release = (id: string) => join(root, "releases", id);
  return {
    root,
    /** One file per daemon that ever ran, N.json; the highest is the one that counts. */
    daemons: join(root, "daemon"),
    daemonLog: join(root, "daemon.log"),
    state: join(root, "state.json"),
    journal: join(root, "journal.ndjson"),
    /** The same entries once more, for the day on which the journal is damaged. */
    journalCopy: join(root, "journal.ndjson.copy"),
    /** What was placed: outside of what it tells about. */
    records: join(root, "placed"),
    record: (id: string) => join(root, "placed", `${id}.json`),
    salt: join(root, "placed", "salt"),
    releases: join(root, "releases"),
    release,
    releaseFile: (id: string) => join(release(id), "release.json"),
    secretsFile: (id: string) => join(release(id), "environment.json"),
    imagesFile: (id: string) => join(release(id), "images.json"),
    log: (id: string, component: string) => join(root, "logs", id, `${component}.log`),
    logs: (id: string) => join(root, "logs", id),
    accessory: (name: string) => join(root, "accessories", name),
  };
}

/** Longest path of a Unix socket that every system takes, in bytes. */
export const longestSocketPath = 99;

/**
 * A socket's path: in the environment's directory where that is short enough (`spare` bytes shorter for a program that
 * needs them), else in a private temporary one.
 */
export function socketPath(root: string, name: string, temporary: string, user: string, spare = 0): string {
  const near = join(root, `${name}.sock`);
  if (Buffer.byteLength(near) + spare <= longestSocketPath) return near;
  const hash = createHash("sha256").update(near).digest("hex").slice(0, 20);
  return join(temporary, `bellwether-${user}`, `${hash}.sock`);
}
