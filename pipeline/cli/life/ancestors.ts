import { readFileSync } from "node:fs";

/** Parent of a process by /proc, or null where it cannot be told. */
function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces and parentheses itself: fields are counted after the last one.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return null;
  }
}

/** Our parent, and where npm runs scripts through a shell, its parent, too. */
const ancestors = (): string => `${process.ppid} ${parentOf(process.ppid) ?? ""}`;

/**
 * Calls `gone` once when the program that started us (npm) has ended without telling us: a SIGKILL of npm
 * reaches neither its shell nor us. Returns a function that ends the watch.
 */
export function watchAncestors(gone: () => void): () => void {
  const first = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === first) return;
    clearInterval(timer);
    gone();
  }, 250);
  timer.unref();
  return () => clearInterval(timer);
}
