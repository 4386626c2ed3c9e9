import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Makes sure that one of the files of a Debian package is there: as root it is installed, else the test says what to do. */
export async function installed(name: string, files: readonly string[]): Promise<void> {
  if (files.some((file) => existsSync(file))) return;
  const words = `this test needs ${name}: install it with \`apt-get install ${name}\``;
  if (process.getuid?.() !== 0) throw new Error(words);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await execute("apt-get", ["update"], { env: environment, timeout: 120_000 }).catch(() => {});
  await execute("apt-get", ["install", "--yes", "--no-install-recommends", name], {
    env: environment,
    timeout: 180_000,
  });
  if (!files.some((file) => existsSync(file))) throw new Error(words);
}
