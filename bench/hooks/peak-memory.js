// Loaded into the measured program with --import: at its end it writes the greatest resident memory in KiB to
// the file that PEAK_MEMORY_FILE names. VmHWM, because maxRSS begins at what the parent had when it forked.
import { readFileSync, writeFileSync } from "node:fs";

const file = process.env.PEAK_MEMORY_FILE;

function peakKiB() {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}

if (file) process.on("exit", () => writeFileSync(file, String(peakKiB())));
