import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import type { Readable } from "node:stream";
import picomatch from "picomatch";
import type { Answer, Answering } from "../../support/recording-session.ts";
import { type Arg, type Field, fieldsOf } from "./chains.ts";

type Directory = { kind: "directory"; path: string };
type File = { kind: "file"; path: string };
type Container = {
  kind: "container";
  /** What the root file system has beside the machine's own. */
  upper: string;
  mounts: { path: string; directory: string }[];
  caches: { path: string; directory: string }[];
  env: Record<string, string>;
  workdir: string;
  services: { alias: string; service: Service }[];
  port: number | null;
  ended: { exitCode: number; stdout: string; stderr: string } | null;
};
type Service = { kind: "service"; container: Container; args: string[] };
type Value =
  | Directory
  | File
  | Container
  | Service
  | { kind: "secret"; value: string }
  | { kind: "cache"; path: string };
type Evaluated = Value | { kind: "scalar"; value: unknown } | { kind: "git"; directory: string; ref: string };

export type SmallEngine = { answer: Answering; execs: string[][]; close(): void };

/**
 * As much of an engine as the executor needs, for a machine where this is root: a container is the machine's own
 * root under an overlay, in a mount namespace of its own, with mounts, caches, variables and secrets as the queries
 * say, and services run beside it on this machine's own loopback. The same chain is the same result, run once.
 */
export function smallEngine(options: {
  module: string;
  path: string;
  /** Files of images that this machine does not have as they are there. */
  files?: Record<string, string>;
}): SmallEngine {
  if (process.getuid?.() !== 0) throw new Error("the small engine mounts its containers: run this as root");
  const home = mkdtempSync(join(tmpdir(), "bellwether-engine-"));
  // An overlay's own files must not be below what it lies over.
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", home]);
  const known = new Map<string, Promise<Evaluated>>();
  const execs: string[][] = [];
  const secrets = new Set<string>();
  let count = 0;
  const fresh = (): string => {
    const path = join(home, String(count++));
    mkdirSync(path);
    return path;
  };
  const copyOf = (from: string): string => {
    const path = fresh();
    cpSync(from, path, { recursive: true, verbatimSymlinks: true });
    return path;
  };

  const evaluated = (chain: string): Promise<Evaluated> => {
    const before = known.get(chain);
    if (before !== undefined) return before;
    const made = evaluate(chain);
    known.set(chain, made);
    return made;
  };

  const evaluate = async (chain: string): Promise<Evaluated> => {
    const fields = fieldsOf(chain);
    const last = fields.at(-1);
    if (last === undefined) throw new Error("an empty chain");
    if (fields.length === 1) return root(last);
    const texts = chain.slice(0, chain.length - textLength(chain));
    return step(await evaluated(texts), last);
  };

  const root = ({ name, args }: Field): Evaluated => {
    switch (name) {
      case "directory":
        return { kind: "directory", path: fresh() };
      case "container":
        return {
          ...{ kind: "container", upper: fresh(), mounts: [], caches: [], workdir: "/", ended: null },
          ...{ services: [], port: null },
          env: { PATH: options.path, HOME: "/root" },
        };
      case "setSecret":
        secrets.add(String(args.plaintext));
        return { kind: "secret", value: String(args.plaintext) };
      case "cacheVolume": {
        const path = join(home, `cache-${String(args.key).replaceAll(/\W/g, "-")}`);
        mkdirSync(path, { recursive: true });
        return { kind: "cache", path };
      }
      case "git":
        return { kind: "git", directory: String(args.url), ref: "HEAD" };
      case "defaultPlatform":
        return { kind: "scalar", value: "linux/amd64" };
      default:
        return { kind: "scalar", value: name };
    }
  };

  const given = async (arg: Arg | undefined): Promise<Value> => {
    if (typeof arg !== "object" || !("chain" in arg)) throw new Error("an object is missing");
    return (await evaluated(arg.chain)) as Value;
  };

  const step = async (on: Evaluated, field: Field): Promise<Evaluated> => {
    if (on.kind === "scalar") return fromHost(on.value, field);
    if (on.kind === "git") return fromGit(on, field);
    if (on.kind === "directory") return onDirectory(on, field);
    if (on.kind === "file") return { kind: "scalar", value: readFileSync(on.path, "utf8") };
    if (on.kind === "container") return onContainer(on, field);
    throw new Error(`${on.kind}.${field.name}`);
  };

  const fromHost = (root: unknown, { name, args }: Field): Evaluated => {
    if (root === "currentModule" && name === "source")
      return { kind: "directory", path: filtered(options.module, [], ["node_modules", "sdk"]) };
    if (root === "host" && name === "directory")
      return { kind: "directory", path: filtered(String(args.path), [], args.exclude as string[]) };
    throw new Error(`${String(root)}.${name}`);
  };

  const fromGit = (on: { directory: string; ref: string }, { name, args }: Field): Evaluated => {
    const git = (...words: string[]) =>
      execFileSync("git", ["-C", on.directory, ...words], { encoding: "utf8" }).trim();
    if (name === "head") return { kind: "git", ...on, ref: "HEAD" };
    if (name === "ref")
      return "name" in args
        ? { kind: "git", ...on, ref: String(args.name) }
        : scalar(git("symbolic-ref", "HEAD"));
    if (name === "commit") return scalar(git("rev-parse", on.ref));
    if (name === "tags") return scalar(git("tag").split("\n").filter(Boolean));
    if (name === "branches") return scalar(git("branch", "--format=%(refname:short)").split("\n"));
    if (name !== "tree") throw new Error(`git.${name}`);
    const path = join(home, String(count++));
    execFileSync("git", ["clone", "--quiet", "--no-hardlinks", on.directory, path]);
    execFileSync("git", ["-C", path, "checkout", "--quiet", "--detach", git("rev-parse", on.ref)]);
    if (args.discardGitDir === true) rmSync(join(path, ".git"), { recursive: true });
    return { kind: "directory", path };
  };

  const filtered = (from: string, include: string[], exclude: string[]): string => {
    const matcher = (patterns: string[]) => {
      const globs = patterns.flatMap((each) => [each, `${each}/**`]);
      return globs.length === 0 ? null : picomatch(globs, { dot: true });
    };
    const [wanted, left] = [matcher(include), matcher(exclude)];
    const to = fresh();
    for (const path of readdirSync(from, { recursive: true, encoding: "utf8" })) {
      const isDirectory = lstatSync(join(from, path)).isDirectory();
      if (left?.(path) || (wanted !== null && !wanted(path))) continue;
      mkdirSync(dirname(join(to, path)), { recursive: true });
      if (isDirectory) mkdirSync(join(to, path), { recursive: true });
      else cpSync(join(from, path), join(to, path), { verbatimSymlinks: true });
    }
    return to;
  };

  const onDirectory = async ({ path }: Directory, { name, args }: Field): Promise<Evaluated> => {
    const at = join(path, String(args.path ?? ""));
    switch (name) {
      case "filter":
        return {
          kind: "directory",
          path: filtered(path, (args.include ?? []) as string[], (args.exclude ?? []) as string[]),
        };
      case "directory":
        return { kind: "directory", path: at };
      case "file":
        return { kind: "file", path: at };
      case "exists":
        return scalar(existsSync(at));
      case "glob":
        return scalar([]);
      case "digest":
        return scalar(digestOf(path));
      case "withDirectory": {
        const to = copyOf(path);
        const source = (await given(args.source)) as Directory;
        cpSync(source.path, join(to, String(args.path)), {
          recursive: true,
          verbatimSymlinks: true,
          force: true,
        });
        return { kind: "directory", path: to };
      }
      case "withNewFile": {
        const to = copyOf(path);
        mkdirSync(dirname(join(to, String(args.path))), { recursive: true });
        writeFileSync(join(to, String(args.path)), String(args.contents));
        return { kind: "directory", path: to };
      }
      case "entries":
        return scalar(readdirSync(path));
      default:
        throw new Error(`directory.${name}`);
    }
  };

  const located = (on: Container, path: string): string => {
    const below = (at: string) => path === at || path.startsWith(`${at}/`);
    if (on.caches.some((cache) => below(cache.path))) throw new Error(`${path} is in a cache volume`);
    const mount = on.mounts.find((each) => below(each.path));
    if (mount !== undefined) return join(mount.directory, path.slice(mount.path.length));
    const own = join(on.upper, path);
    return existsSync(own) ? own : (options.files?.[path] ?? path);
  };

  const onContainer = async (on: Container, { name, args }: Field): Promise<Evaluated> => {
    const path = String(args.path ?? "");
    const placed = (copy: (to: string) => void): Container => {
      const upper = copyOf(on.upper);
      mkdirSync(dirname(join(upper, path)), { recursive: true });
      copy(join(upper, path));
      return { ...on, upper };
    };
    switch (name) {
      case "from":
        return on;
      case "withWorkdir":
        return { ...on, workdir: path };
      case "withEnvVariable": {
        const value =
          args.expand === true
            ? String(args.value).replaceAll(/\$\{(\w+)\}/g, (_all, each) => on.env[each] ?? "")
            : String(args.value);
        return { ...on, env: { ...on.env, [String(args.name)]: value } };
      }
      case "withSecretVariable": {
        const secret = (await given(args.secret)) as { value: string };
        return { ...on, env: { ...on.env, [String(args.name)]: secret.value } };
      }
      case "withMountedCache": {
        const cache = (await given(args.cache)) as { path: string };
        return { ...on, caches: [...on.caches, { path, directory: cache.path }] };
      }
      case "withMountedDirectory": {
        const source = (await given(args.source)) as Directory;
        return { ...on, mounts: [...on.mounts, { path, directory: source.path }] };
      }
      case "withDirectory": {
        const source = (await given(args.source)) as Directory;
        const from =
          args.exclude === undefined ? source.path : filtered(source.path, [], args.exclude as string[]);
        return placed((to) => cpSync(from, to, { recursive: true, verbatimSymlinks: true, force: true }));
      }
      case "withFile":
      case "withMountedFile": {
        const source = (await given(args.source)) as File;
        return placed((to) => cpSync(source.path, to));
      }
      case "withNewFile":
        return placed((to) => writeFileSync(to, String(args.contents)));
      case "withServiceBinding": {
        const service = (await given(args.service)) as Service;
        return { ...on, services: [...on.services, { alias: String(args.alias), service }] };
      }
      case "withExposedPort":
        return { ...on, port: Number(args.port) };
      case "asService":
        return { kind: "service", container: on, args: args.args as string[] };
      case "withExec":
        return run(on, args.args as string[], args.expect === "ANY");
      case "exitCode":
      case "stdout":
      case "stderr":
        return scalar(on.ended?.[name]);
      case "exists":
        return scalar(existsSync(located(on, path)));
      case "file":
        return { kind: "file", path: located(on, path) };
      case "directory":
        return { kind: "directory", path: located(on, path) };
      default:
        throw new Error(`container.${name}`);
    }
  };

  /** What runs beside an exec, each once, those that a service needs before it; every name is this machine. */
  const withServices = async <T>(on: Container, work: () => Promise<T>): Promise<T> => {
    const running = new Map<Service, () => void>();
    const start = async ({ services }: Container): Promise<void> => {
      for (const { service } of services) {
        if (running.has(service)) continue;
        await start(service.container);
        const { child } = launched(service.container, service.args);
        running.set(service, () => void (child.pid !== undefined && process.kill(-child.pid, "SIGKILL")));
        if (service.container.port !== null) await listening(service.container.port);
      }
    };
    try {
      await start(on);
      return await work();
    } finally {
      for (const stop of running.values()) stop();
    }
  };

  const launched = (on: Container, args: string[]) => {
    execs.push(args);
    const upper = copyOf(on.upper);
    const names = on.services.map(({ alias }) => `127.0.0.1 ${alias}\n`).join("");
    if (names !== "") {
      mkdirSync(join(upper, "etc"), { recursive: true });
      writeFileSync(join(upper, "etc/hosts"), `127.0.0.1 localhost\n${names}`);
    }
    const mounts = on.mounts.map(({ path, directory }) => ({ path, directory: copyOf(directory) }));
    const place = fresh();
    const [work, merged] = [join(place, "work"), join(place, "merged")];
    for (const each of [work, merged]) mkdirSync(each);
    const lines = [
      `mount -t overlay overlay -o lowerdir=/,upperdir=${upper},workdir=${work} ${merged}`,
      ...[...mounts, ...on.caches].flatMap(({ path, directory }) => [
        `mkdir -p ${merged}${path}`,
        `mount --bind ${directory} ${merged}${path}`,
      ]),
      `mkdir -p ${merged}/proc ${merged}/dev && mount -t proc proc ${merged}/proc && mount --bind /dev ${merged}/dev`,
      `exec chroot ${merged} sh -c 'cd "$0" && exec "$@"' "$0" "$@"`,
    ];
    const argv = ["-m", "sh", "-ec", lines.join("\n"), on.workdir, ...args];
    const child = spawn("unshare", argv, { env: on.env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    return { child, after: { ...on, upper, mounts } };
  };

  const run = (on: Container, args: string[], any: boolean): Promise<Container> =>
    withServices(on, async () => {
      const { child, after } = launched(on, args);
      const ended = await finished(child);
      // As an engine does it with every secret that it was given.
      for (const secret of secrets)
        for (const stream of ["stdout", "stderr"] as const)
          ended[stream] = ended[stream].replaceAll(secret, "***");
      if (ended.exitCode !== 0 && !any) throw new Error(`${args.join(" ")}: ${ended.stdout}${ended.stderr}`);
      return { ...after, ended };
    });

  const answer: Answering = async (query): Promise<Answer> => {
    if (query.includes(".export(")) return { value: "" };
    try {
      const result = await evaluated(query);
      return { value: result.kind === "scalar" ? result.value : result.kind };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };

  const close = (): void => {
    execFileSync("umount", ["--lazy", home]);
    rmSync(home, { recursive: true, force: true });
  };
  return { answer, execs, close };
}

const scalar = (value: unknown) => ({ kind: "scalar" as const, value });

/** Length of the last field of a chain with its dot. */
function textLength(chain: string): number {
  const part = /"(?:[^"\\]|\\.)*"|[<>()[\]{}.]/g;
  let depth = 0;
  let dot = 0;
  for (const { 0: sign, index } of chain.matchAll(part)) {
    if ("<([{".includes(sign)) depth++;
    if (">)]}".includes(sign)) depth--;
    if (sign === "." && depth === 0) dot = index;
  }
  return chain.length - dot;
}

function digestOf(directory: string): string {
  const hash = createHash("sha256");
  for (const path of readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()) {
    const at = join(directory, path);
    const stats = lstatSync(at);
    hash.update(posix.normalize(path)).update(String(stats.mode & 0o111));
    if (stats.isFile()) hash.update(readFileSync(at));
  }
  return hash.digest("hex");
}

/** Waits until somebody listens on a port of this machine. */
async function listening(port: number): Promise<void> {
  for (let turn = 0; turn < 600; turn++) {
    const there = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ host: "127.0.0.1", port });
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nobody listens on ${port}`);
}

function finished(child: ChildProcessByStdio<null, Readable, Readable>) {
  return new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => {
      stdout += data;
    });
    child.stderr.on("data", (data) => {
      stderr += data;
    });
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ exitCode: code ?? (signal === "SIGKILL" ? 137 : 143), stdout, stderr }),
    );
  });
}
