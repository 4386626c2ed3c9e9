import { expect, test } from "vitest";
import { overrunNotes, resourcesOf } from "../../pipeline/deploy/resources.ts";
import { statusView } from "../../pipeline/report/status-view.ts";
import { endWords } from "../../pipeline/report/units.ts";
import { sampleRelease } from "../support/sample-release.ts";

test("limits are named as the config writes them; a release of before has none", () => {
  const release = sampleRelease("1.0.0");
  expect(resourcesOf(release)).toEqual({});
  const [api] = release.components;
  const limited = {
    ...release,
    components: api ? [{ ...api, limits: { memoryBytes: 2 ** 29, openFiles: 64 } }] : [],
  };
  expect(resourcesOf(limited)).toEqual({ "api memory": "512Mi", "api open-files": "64" });
});

test("an overrun is a note with its time, and the reason for which a process ended", () => {
  const overrun = { at: 5, usedBytes: 130.4 * 2 ** 20, allowedBytes: 2 ** 27 };
  const components = { api: { overrun }, worker: {} };
  expect(overrunNotes({ releases: { id: { version: "1.0.0", components } } }, (at) => `T${at}`)).toEqual([
    "api of 1.0.0 was ended at T5: it held 130.4Mi of memory, 128Mi are allowed",
  ]);
  expect(endWords({ exitCode: null, signal: "SIGKILL", reason: "it held too much" })).toBe(
    "it held too much",
  );
});

test("status shows memory beside its limit", () => {
  const component = {
    version: "1.0.0",
    name: "api",
    state: "running",
    pid: 7,
    port: 8,
    cpu: 0,
    memory: 2 ** 26,
  };
  const lines = statusView({
    environment: "production",
    url: null,
    live: "1.0.0",
    weights: {},
    health: null,
    components: [{ ...component, memoryLimit: 2 ** 29 }, component],
    accessories: [],
    lease: null,
    warm: [],
    followUps: [],
    notes: [],
  });
  expect(lines.slice(-2).map((line) => line.split(/ {2,}/).at(-1))).toEqual(["64 MiB of 512 MiB", "64 MiB"]);
});
