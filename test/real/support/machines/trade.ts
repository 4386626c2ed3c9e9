import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Ended, type Running, shell, startBin } from "../../../support/bin.ts";

const execute = promisify(execFile);

/** A system of two components, `feed` and `api`, in a repository of its own, and this program in it. */
export type Trade = {
  directory: string;
  /** Changes files, commits, tags the version and makes its images. */
  make(version: string, change: { mode?: string; replace?: [string, string] }): Promise<void>;
  start(...words: string[]): Running;
  run(...words: string[]): Promise<Ended>;
  /** Replaces a text of the configuration without a commit. */
  configure(from: string, to: string): Promise<void>;
  close(): Promise<void>;
};

export const token = "tok-3f9c1a77e0";

/** `hosts` as the configuration names them; `more` are further lines of the target. */
export async function tradeRepository(
  sshConfig: string,
  hosts: string[],
  more: string[] = [],
): Promise<Trade> {
  const directory = await mkdtemp(join(tmpdir(), "bw-trade-"));
  const environment = { ...shell(), TOKEN: token, NO_COLOR: "1" };
  const git = (...words: string[]) => execute("git", words, { cwd: directory, env: environment });
  await cp(fileURLToPath(new URL("trade", import.meta.url)), directory, { recursive: true });
  const file = join(directory, "bellwether.yaml");
  const filled = (await readFile(file, "utf8"))
    .replace("HOSTS", hosts.join(", "))
    .replace("SSH_CONFIG", sshConfig)
    .replace("        # MORE\n", more.map((line) => `        ${line}\n`).join(""));
  await writeFile(file, filled);
  await writeFile(join(directory, ".gitignore"), ".bellwether/\n");
  await git("init", "-q", "-b", "main");
  await git("config", "user.email", "ada@example.org");
  await git("config", "user.name", "ada");
  const start = (...words: string[]) => startBin(words, { directory, environment, limitMs: 200_000 });
  const replace = async (from: string, to: string) => {
    const text = await readFile(file, "utf8");
    if (!text.includes(from)) throw new Error(`the configuration has no ${from}`);
    await writeFile(file, text.replace(from, to));
  };
  return {
    directory,
    start,
    run: (...words) => start(...words).ended,
    configure: replace,
    make: async (version, change) => {
      await mkdir(join(directory, "api"), { recursive: true });
      await writeFile(join(directory, "api/mode.txt"), `${change.mode ?? "good"} ${version}\n`);
      if (change.replace) await replace(...change.replace);
      await git("add", "-A");
      await git("commit", "-q", "-m", version);
      await git("tag", `v${version}`);
      const made = await start("run", "image", "--ref", `refs/tags/v${version}`).ended;
      if (made.code !== 0) throw new Error(made.stdout + made.stderr);
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
