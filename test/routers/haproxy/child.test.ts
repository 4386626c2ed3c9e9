import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeTree } from "../../../pipeline/io/files.ts";
import type { Processes } from "../../../pipeline/io/process.ts";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import { reasonIn } from "../../../pipeline/routers/haproxy/child.ts";
import { findHaproxy } from "../../../pipeline/routers/haproxy/find.ts";

let directory = "";
let processes: Processes;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bellwether-find-"));
  processes = createProcesses();
});
afterEach(async () => {
  await processes.close();
  await removeTree(directory);
});

/** An HAProxy that only tells its version. */
async function telling(text: string): Promise<string> {
  await writeFile(join(directory, "haproxy"), `#!/bin/sh\necho '${text}'\n`);
  await chmod(join(directory, "haproxy"), 0o755);
  return directory;
}

test("HAProxy is taken from 2.4 on, with a distribution's ending to its version", async () => {
  const path = await telling("HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/");
  expect(await findHaproxy(processes, { path, wantedBy: "production" })).toEqual({
    ok: true,
    value: { program: join(directory, "haproxy"), version: "2.6.12-1" },
  });
});

test("without one, the tool is missing, and for whom", async () => {
  const wanted = { path: directory, wantedBy: "production", besides: [] };
  expect(await findHaproxy(processes, wanted)).toEqual({
    ok: false,
    failure: { kind: "tool-missing", tool: "haproxy", range: ">=2.4", wantedBy: "production" },
  });
});

test("an older one is refused with what was found and what is needed", async () => {
  const path = await telling("HA-Proxy version 2.2.9-2+deb11u6 2023/12/06");
  expect(await findHaproxy(processes, { path, wantedBy: "production" })).toEqual({
    ok: false,
    failure: {
      kind: "tool-too-old",
      tool: "haproxy",
      range: ">=2.4",
      wantedBy: "production",
      got: "2.2.9-2",
      path: join(directory, "haproxy"),
    },
  });
});

test("why HAProxy did not start is read off what it printed", () => {
  const notice = "[NOTICE]   (12) : haproxy version is 2.6.12";
  const bind = (why: string) =>
    `[ALERT]    (12) : Starting frontend front: cannot bind socket (${why}) [127.0.0.1:80]`;
  expect(reasonIn([notice, bind("Address already in use"), "[ALERT] (12) : (12) exited"])).toBe("EADDRINUSE");
  expect(reasonIn([bind("Permission denied")])).toBe("EACCES");
  expect(reasonIn([notice, "[ALERT]    (12) : config : parsing [f:3] : unknown keyword 'x'"])).toBe(
    "HAProxy did not start: config : parsing [f:3] : unknown keyword 'x'",
  );
  expect(reasonIn([])).toBe("HAProxy did not start: it said nothing");
});
