import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { type FakeGithub, fakeGithub } from "./fake-github.ts";
import { pairs } from "./workflows/runner.ts";
import { toEnd } from "./workflows/to-end.ts";

const own = fileURLToPath(new URL("../../", import.meta.url));

/** What an edge did: how it ended, what it printed, and what it wrote for its runner. */
export type EdgeDone = {
  code: number | null;
  log: string;
  outputs: Record<string, string>;
  exported: Record<string, string>;
  summary: string;
};

export type EdgePlace = {
  github: FakeGithub;
  /** What a call left for the edge after it. */
  told: string;
  run(step: string, about?: string, variables?: Record<string, string>): Promise<EdgeDone>;
};

const places: string[] = [];
afterEach(async () => {
  for (const place of places.splice(0)) await rm(place, { recursive: true, force: true });
});

/** A step of a workflow for acme/quotes, with GitHub around it; `event` null: there is no payload. */
export async function edgePlace(name: string, event: object | string | null): Promise<EdgePlace> {
  const directory = await mkdtemp(join(tmpdir(), "bellwether-edge-"));
  places.push(directory);
  const github = await fakeGithub();
  const payload = join(directory, "event.json");
  if (event !== null) await writeFile(payload, typeof event === "string" ? event : JSON.stringify(event));
  const told = join(directory, "told");
  const run = async (step: string, about = "", variables: Record<string, string> = {}): Promise<EdgeDone> => {
    const files = Object.fromEntries(
      ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY"].map((file) => [file, join(directory, file)]),
    );
    for (const file of Object.values(files)) await writeFile(file, "");
    const script = ["--import", "tsx", join(own, "scripts/github.ts"), step, about];
    const { code, text: log } = await toEnd(process.execPath, script, own, {
      PATH: process.env.PATH ?? "",
      ...files,
      ...{ BELLWETHER_TOLD: told, GITHUB_WORKSPACE: directory, GITHUB_EVENT_NAME: name },
      ...{ GITHUB_EVENT_PATH: payload, GITHUB_REF: "refs/heads/main", GITHUB_SHA: "a".repeat(40) },
      ...{ GITHUB_ACTOR: "ada", GITHUB_RUN_ID: "12", GITHUB_REPOSITORY: "acme/quotes" },
      ...{ GITHUB_API_URL: github.url, GITHUB_TOKEN: github.token },
      ...variables,
    });
    const read = (file: string) => readFile(files[file] ?? "", "utf8");
    return {
      ...{ code, log },
      outputs: pairs(await read("GITHUB_OUTPUT")),
      exported: pairs(await read("GITHUB_ENV")),
      summary: await read("GITHUB_STEP_SUMMARY"),
    };
  };
  return { github, told, run };
}
