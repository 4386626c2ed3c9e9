import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createTools } from "../../../pipeline/executors/host/tools.ts";
import { removeTree } from "../../../pipeline/io/files.ts";
import type { Processes } from "../../../pipeline/io/process.ts";
import { ok } from "../../../pipeline/result.ts";

test("what rustup stands for has ten minutes to fetch the toolchain at its first call, another program twenty seconds", async () => {
  const directory = await mkdtemp(join(tmpdir(), "bellwether-tools-"));
  onTestFinished(() => removeTree(directory));
  const limits: Record<string, number> = {};
  const processes: Processes = {
    start: () => Promise.reject(new Error("nothing is started here")),
    run: async ({ argv, output }, { timeoutMs }) => {
      limits[argv[0]?.split("/").at(-1) ?? ""] = timeoutMs;
      output("err", "info: latest update on 2026-01-01, version 1.99.0");
      output("out", "it is 1.80.1");
      return ok({ exitCode: 0, signal: null, timedOut: false, ms: 1 });
    },
    discard: () => {},
    close: async () => {},
  };
  const tools = createTools(processes, directory, { PATH: directory });
  for (const name of ["cargo", "uv"]) {
    await writeFile(join(directory, name), "");
    await chmod(join(directory, name), 0o755);
    const need = { name, probe: [name, "--version"], range: "*" };
    expect(await tools.resolve(need, "lint")).toEqual({ ok: true, value: "1.80.1" });
  }
  expect(limits).toEqual({ cargo: 600_000, uv: 20_000 });
});
