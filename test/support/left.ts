import { readFileSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";

/** A process that is still there, with its command line. */
export type Left = { pid: number; what: string };

/** Live processes that name `text` in their command line, environment or working directory; not ourselves. */
export async function leftOf(text: string): Promise<Left[]> {
  const found: Left[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const [line, variables, directory, stat] = await Promise.all([
      readFile(`/proc/${name}/cmdline`, "utf8").catch(() => ""),
      readFile(`/proc/${name}/environ`, "utf8").catch(() => ""),
      readlink(`/proc/${name}/cwd`).catch(() => ""),
      readFile(`/proc/${name}/stat`, "utf8").catch(() => ""),
    ]);
    // One that only waits to be collected by its parent runs no more.
    if (stat === "" || stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z")) continue;
    if (`${line}${variables}${directory}`.includes(text))
      found.push({ pid: Number(name), what: line.replaceAll("\0", " ").trim() });
  }
  return found;
}

/** Polls until the condition holds; false where it did not within `ms`. */
export async function eventually(condition: () => Promise<boolean> | boolean, ms: number): Promise<boolean> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return true;
}

/** Whether a process runs; one that only waits to be collected does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}
