import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bootMachines, type Machine } from "../test/real/support/machines/machines.ts";
import type { Bench } from "./figure.ts";
import { commitAll } from "./repository.ts";

/** A system of two services on machines of its own, which is shipped by the measured program. */
export type Hosts = {
  machines: Machine[];
  /** Runs the program to its end; its wall time (ms). */
  run(...args: string[]): Promise<number>;
  /** Commits a new version and makes its images. */
  make(version: string): Promise<void>;
  close(): Promise<void>;
};

/** Boots machines by these names and provisions them; root alone can do that. */
export async function createHosts(
  { children, directory, program, repository }: Bench,
  names: string[],
): Promise<Hosts> {
  const booted = await bootMachines(names, "deploy");
  const root = join(directory, "trade");
  const environment = { TOKEN: "of-the-bench" };
  const time = (argv: string[]) => children.time({ argv, directory: root, environment }, 180_000);
  const run = (...args: string[]) => time([process.execPath, program, ...args]);
  await cp(join(repository, "test/real/support/machines/trade"), root, { recursive: true });
  const file = join(root, "bellwether.yaml");
  const text = (await readFile(file, "utf8"))
    .replace("HOSTS", names.map((name) => `deploy@${name}`).join(", "))
    .replace("SSH_CONFIG", booted.sshConfig)
    .replace("# MORE", "sudo: true")
    .replace(/strategy: .*/, "strategy: blue-green");
  await writeFile(file, text);
  await writeFile(join(root, ".gitignore"), ".bellwether/\n");
  await commitAll(children, root);
  await run("provision", "production", "--user", "root", "--yes");
  return {
    machines: booted.machines,
    run,
    make: async (version) => {
      await writeFile(join(root, "api", "mode.txt"), `good ${version}\n`);
      await time(["git", "add", "--all"]);
      await time([
        "git",
        "-c",
        "user.name=bench",
        "-c",
        "user.email=bench@localhost",
        "commit",
        "-qm",
        version,
      ]);
      await time(["git", "tag", `v${version}`]);
      await run("run", "image", "--ref", `refs/tags/v${version}`);
    },
    close: () => booted.close(),
  };
}
