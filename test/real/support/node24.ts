import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The Node that runs the program in containers: by number, so that every machine proves the same. */
export const node24 = "24.21.0";

/** Fetches it into a directory, and gives the one of its binary. */
export async function fetchNode24(place: string): Promise<string> {
  const fetched = join(place, "node");
  await mkdir(fetched);
  await writeFile(join(fetched, "package.json"), '{ "private": true }');
  const platform = `node-linux-${process.arch === "arm64" ? "arm64" : "x64"}`;
  const quietly = ["--no-audit", "--no-fund", "--ignore-scripts"];
  await execute("npm", ["install", ...quietly, `${platform}@${node24}`], { cwd: fetched });
  return join(fetched, "node_modules", platform, "bin");
}
