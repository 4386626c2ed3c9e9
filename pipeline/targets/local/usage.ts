import { readdir, readFile } from "node:fs/promises";

/** What a process group used and uses: processor time since its start (ms), memory in use (bytes). */
export type Usage = { cpuMs: number; memoryBytes: number };

/** Linux counts processor time for programs in hundredths of a second, whatever the kernel was built with. */
const msPerTick = 10;

/** Usage by process group (a component's process and all it started); empty where there is no /proc. */
export async function usageOf(groups: number[], proc = "/proc"): Promise<Map<number, Usage>> {
  const found = new Map<number, Usage>();
  const names = groups.length === 0 ? [] : await readdir(proc).catch(() => []);
  for (const pid of names.filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`${proc}/${pid}/stat`, "utf8").catch(() => "");
    // The program's name stands in parentheses and may hold anything; fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const group = Number(fields[2]);
    if (!groups.includes(group)) continue;
    const status = await readFile(`${proc}/${pid}/status`, "utf8").catch(() => "");
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    const before = found.get(group) ?? { cpuMs: 0, memoryBytes: 0 };
    found.set(group, {
      cpuMs: before.cpuMs + (Number(fields[11]) + Number(fields[12])) * msPerTick,
      memoryBytes: before.memoryBytes + kilobytes * 1024,
    });
  }
  return found;
}
