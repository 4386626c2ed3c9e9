import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Secret } from "../../../pipeline/secret.ts";
import { unwrap, unwrapFailure } from "../../support/unwrap.ts";
import { body, deploy, lease, release, up, world } from "../support/world.ts";

let here: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  here = await world();
});
afterEach(() => here.close());

const secret = (value: string) => ({ TOKEN: new Secret("TOKEN", value) });
const withToken = (version: string) => release(version, [{ secrets: ["TOKEN"] }]);

async function live(one = withToken("1.0.0")) {
  const deployment = await here.connected();
  const { url } = unwrap(await deployment.configure(here.configuration));
  unwrap(await deployment.store.acquire(lease(one.version)));
  unwrap(await deployment.target.place(one, secret("first-value")));
  await deployment.store.release();
  await deploy(deployment, one);
  const [image] = Object.values(JSON.parse(await readFile(directory(one.id, "images.json"), "utf8")));
  const code = (image as { workdir: string }).workdir;
  return { deployment, url, code };
}

const directory = (id: string, ...path: string[]) => join(here.root, "releases", id, ...path);

test("a release that is as it was placed has no drift, also when its program wrote beside its files", async () => {
  await here.daemon();
  const one = withToken("1.0.0");
  const { deployment, code } = await live(one);
  await writeFile(directory(one.id, code, "cache.db"), "its own");
  expect(unwrap(await deployment.target.drift())).toEqual([]);
});

test("a file that was changed, made readable or removed is named", async () => {
  await here.daemon();
  const one = withToken("1.0.0");
  const { deployment, code } = await live(one);
  const file = directory(one.id, code, "service.mjs");
  const path = join(code, "service.mjs");
  await chmod(file, 0o600);
  expect(unwrap(await deployment.target.drift())).toMatchObject([
    { version: "1.0.0", what: `file ${path}`, found: "mode 600", placeable: true },
  ]);
  await writeFile(file, `${await readFile(file, "utf8")}\n`);
  expect(unwrap(await deployment.target.drift())).toMatchObject([
    { what: `file ${path}`, found: expect.stringMatching(/^content [0-9a-f]{12}$/) },
  ]);
  await rm(file);
  expect(unwrap(await deployment.target.drift())).toMatchObject([{ what: `file ${path}`, found: "missing" }]);
});

test("values that were changed in environment.json are named by secret and version, never shown", async () => {
  await here.daemon();
  const one = withToken("1.0.0");
  const { deployment } = await live(one);
  await writeFile(directory(one.id, "environment.json"), JSON.stringify({ TOKEN: "by-hand", MORE: "x" }));
  const found = unwrap(await deployment.target.drift());
  expect(found).toMatchObject([
    { what: "secret MORE", expected: "no value", found: expect.stringMatching(/^version [0-9a-f]{8}$/) },
    { what: "secret TOKEN", expected: expect.stringMatching(/^version /), placeable: false },
  ]);
  expect(JSON.stringify(found)).not.toContain("by-hand");
});

test("a process that was started with other values is told, though the file was changed back", async () => {
  if (process.platform !== "linux") return;
  await here.daemon();
  const one = withToken("1.0.0");
  const { deployment } = await live(one);
  const file = directory(one.id, "environment.json");
  const placed = await readFile(file, "utf8");
  await writeFile(file, JSON.stringify({ TOKEN: "by-hand" }));
  unwrap(await deployment.inspect.restart("api", "ada"));
  await writeFile(file, placed);
  expect(unwrap(await deployment.target.drift())).toMatchObject([
    { what: "process api: TOKEN", expected: "the value that was placed", found: "another value" },
  ]);
});

test("a start script that finds its programs in another place has changed nothing of the release", async () => {
  if (process.platform !== "linux") return;
  await here.daemon();
  const [component] = withToken("1.0.0").components;
  const command = `export PATH=/elsewhere:$PATH; ${component?.command}`;
  const { deployment } = await live(release("1.0.0", [{ secrets: ["TOKEN"], command }]));
  expect(unwrap(await deployment.target.drift())).toEqual([]);
});

test("B12: placing a release that was changed makes it what its digest says, and keeps its secrets", async () => {
  await here.daemon();
  const [one, two] = [withToken("1.0.0"), withToken("1.1.0")];
  const { deployment, code, url } = await live(one);
  unwrap(await deployment.store.acquire(lease("1.1.0")));
  unwrap(await deployment.target.place(two, secret("second-value")));
  await up(deployment, two);
  unwrap(await deployment.router.shift({ [two.id]: 100 }));
  const file = directory(one.id, code, "service.mjs");
  const placed = await readFile(file, "utf8");
  await writeFile(file, "process.exit(9)");
  unwrap(await deployment.target.place(one, {}));
  expect(await readFile(file, "utf8")).toBe(placed);
  expect(unwrap(await deployment.target.drift())).toEqual([]);
  expect(unwrap(await deployment.target.observe()).releases[one.id]?.components.api?.state).toBe("stopped");
  await up(deployment, one);
  const probe = { method: "GET" as const, path: "/env", timeoutMs: 2_000 };
  const answer = await deployment.target.probe(one.id, "api", probe);
  expect(JSON.parse(answer.kind === "answer" ? answer.body : "{}")).toMatchObject({ TOKEN: "first-value" });
  expect(await body(url)).toBe("1.1.0");
});

test("a release that serves is not replaced under its traffic", async () => {
  await here.daemon();
  const one = withToken("1.0.0");
  const { deployment, code, url } = await live(one);
  await writeFile(directory(one.id, code, "extra.txt"), "");
  await writeFile(directory(one.id, "images.json"), "{}");
  unwrap(await deployment.store.acquire(lease("1.0.0")));
  unwrap(await deployment.target.place(one, {}));
  expect(await body(url)).toBe("1.0.0");
});

test("B11: a secret that was rotated has another version, equal values have the same, and it is not guessable", async () => {
  await here.daemon();
  const [one, two] = [withToken("1.0.0"), withToken("1.1.0")];
  const { deployment } = await live(one);
  unwrap(await deployment.store.acquire(lease("1.1.0")));
  unwrap(await deployment.target.place(two, secret("second-value")));
  const versions = async () => {
    const { releases } = unwrap(await deployment.target.observe());
    return [releases[one.id]?.secrets?.TOKEN, releases[two.id]?.secrets?.TOKEN];
  };
  const [first, second] = await versions();
  expect([first, second]).toEqual([
    expect.stringMatching(/^[0-9a-f]{8}$/),
    expect.stringMatching(/^[0-9a-f]{8}$/),
  ]);
  expect(first).not.toBe(second);
  unwrap(await deployment.target.place(two, secret("first-value")));
  expect(await versions()).toEqual([first, first]);
  const other = await world("production");
  await other.daemon();
  const elsewhere = await other.connected();
  unwrap(await elsewhere.configure(other.configuration));
  unwrap(await elsewhere.store.acquire(lease("1.0.0")));
  unwrap(await elsewhere.target.place(one, secret("first-value")));
  expect(unwrap(await elsewhere.target.observe()).releases[one.id]?.secrets?.TOKEN).not.toBe(first);
  await other.close();
});

test("B12: a release that was pruned is fetchable while its image is in the layout, and only then", async () => {
  await here.daemon();
  const [one, two] = [withToken("1.0.0"), withToken("1.1.0")];
  const { deployment } = await live(one);
  unwrap(await deployment.store.acquire(lease("1.1.0")));
  unwrap(await deployment.target.place(two, secret("x-value")));
  unwrap(await deployment.store.prune([]));
  expect(unwrap(await deployment.store.releases())).toEqual([one]);
  expect(unwrap(await deployment.store.fetchable())).toEqual([]);
  const layout = join(here.state, "layout");
  const { mkdir } = await import("node:fs/promises");
  await mkdir(join(layout, "blobs", "sha256"), { recursive: true });
  await writeFile(join(layout, "blobs", "sha256", "a".repeat(64)), "{}");
  unwrap(await deployment.configure({ ...here.configuration, layouts: { api: layout } }));
  expect(unwrap(await deployment.store.fetchable())).toEqual([two]);
  unwrap(await deployment.target.place(two, secret("x-value")));
  expect(unwrap(await deployment.store.fetchable())).toEqual([]);
  const probe = await deployment.target.execute("gone", "api", "true", 1_000);
  expect(unwrapFailure(probe)).toMatchObject({ kind: "target-failed" });
});
