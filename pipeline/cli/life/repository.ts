import { execFile } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Fixed names and times: the same example gives the same commits, and so the same digests. */
const author = {
  GIT_AUTHOR_NAME: "Quotes Team",
  GIT_AUTHOR_EMAIL: "quotes@example.invalid",
  GIT_COMMITTER_NAME: "Quotes Team",
  GIT_COMMITTER_EMAIL: "quotes@example.invalid",
};

const firstCommit = Date.UTC(2026, 0, 5, 9, 0, 0) / 1000;

/** A git repository of the reference system, made for one life and thrown away. */
export type Repository = {
  directory: string;
  /** Rewrites a file; throws when the text to replace is not there, so that the example cannot drift away. */
  edit(file: string, from: string, to: string): Promise<void>;
  commit(message: string): Promise<void>;
  checkout(branch: string): Promise<void>;
  /** Brings `develop` into `main` and tags it. */
  release(tag: string): Promise<void>;
};

const neverShipped = new Set(["node_modules", "dist", "reports", "coverage", ".bellwether"]);

/** Copies the example into `directory` as a repository with `main` and `develop`, and checks out `develop`. */
export async function makeRepository(example: string, directory: string): Promise<Repository> {
  let commits = 0;
  const git = async (...args: string[]): Promise<void> => {
    const date = `${firstCommit + commits * 3600} +0000`;
    const environment = { PATH: process.env.PATH, HOME: directory, GIT_CONFIG_NOSYSTEM: "1", ...author };
    await execute("git", ["-C", directory, ...args], {
      env: { ...environment, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      timeout: 30_000,
    });
  };
  const repository: Repository = {
    directory,
    edit: async (file, from, to) => {
      const path = join(directory, file);
      const text = await readFile(path, "utf8");
      if (!text.includes(from))
        throw new Error(`${file} of the example does not hold ${JSON.stringify(from)}`);
      await writeFile(path, text.replace(from, to));
    },
    commit: async (message) => {
      commits += 1;
      await git("add", "--all");
      await git("commit", "--quiet", "--message", message);
    },
    checkout: (branch) => git("checkout", "--quiet", branch),
    release: async (tag) => {
      commits += 1;
      await git("checkout", "--quiet", "main");
      await git("merge", "--quiet", "--no-ff", "--message", `Release ${tag}`, "develop");
      await git("tag", tag);
    },
  };
  await cp(example, directory, { recursive: true, filter: (path) => !neverShipped.has(basename(path)) });
  // Ports of its own choice: whoever has 8080 here keeps it.
  for (const port of [8081, 8080])
    await repository.edit("bellwether.yaml", `target: { local: { port: ${port} } }`, "target: local");
  await git("init", "--quiet", "--initial-branch", "main");
  await repository.commit("Quotes and paper orders over HTTP and WebSocket");
  await git("checkout", "--quiet", "-b", "develop");
  return repository;
}
