import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const judge = fileURLToPath(new URL("judge-recorded.ts", import.meta.url));
const recorded = fileURLToPath(new URL("fixtures/recorded.json", import.meta.url));

/** What a program says of the recorded measurements on a machine with these settings. */
function onMachine(variables: Record<string, string>): string {
  const argv = ["--import", import.meta.resolve("tsx"), judge, recorded];
  return execFileSync(process.execPath, argv, {
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "", ...variables },
    timeout: 60_000,
  });
}

test("B34: the same measurements give the same verdict, byte for byte, in another time zone and language", () => {
  const laptop = onMachine({ TZ: "Asia/Kolkata", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" });
  const ci = onMachine({ TZ: "America/St_Johns", LANG: "C", LC_ALL: "C" });
  expect(laptop).toBe(ci);
  expect(laptop.trim().split("\n")).toHaveLength(6);
  expect(JSON.parse(laptop.trim().split("\n").at(-1) ?? "")).toEqual({
    verdict: {
      verdict: "failed",
      reason: "p95 1234567.3 ms, limit 1234567 ms",
    },
    checks: [
      { name: "errors", verdict: "successful", reason: "1234 of 1234567 requests failed" },
      { name: "p95", verdict: "failed", reason: "p95 1234567.3 ms, limit 1234567 ms" },
      { name: "sum(rate(x[1m]))", verdict: "waiting", reason: "sum(rate(x[1m])): no values found" },
      {
        name: "probe /quotes/İIß",
        verdict: "successful",
        reason: "probe /quotes/İIß: 0 of 3 answers bad, p95 100 ms",
      },
    ],
  });
});
