import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The module that stands here. */
export const module = fileURLToPath(new URL("../../", import.meta.url));

/** Images that come from elsewhere for an engine that reaches no public registry: WRITTEN=USED, with commas between. */
export const replaced: Record<string, string> = Object.fromEntries(
  (process.env.BELLWETHER_TEST_IMAGES ?? "")
    .split(",")
    .filter((each) => each.includes("="))
    .map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]),
);

/** A call of the module for another repository. */
export const call = (directory: string, ...words: string[]): Promise<Called> =>
  callAt(directory, ".", ...words);

export type Called = { code: number; said: string };

/** A call for a source that stands somewhere in a repository. */
export async function callAt(directory: string, source: string, ...words: string[]): Promise<Called> {
  const images = Object.entries(replaced).map(([written, used]) => `--images=${written}=${used}`);
  const args = ["call", "-m", module, `--source=${source}`, "--git=.", ...images, ...words];
  try {
    const { stdout } = await execute("dagger", args, {
      cwd: directory,
      timeout: 600_000,
      maxBuffer: 1 << 26,
    });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: code ?? -1, said: stdout + stderr };
  }
}
