import { spawnSync } from "node:child_process";
import { copyFile, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildImage } from "../../pipeline/image/build.ts";
import { findImage, listTags, tagImage } from "../../pipeline/image/layout.ts";
import { builtImage, failure, request, small, temporaryDirectory, value, writeTree } from "./support.ts";

test("a tag finds its digest, an unknown one and an empty layout find null", async () => {
  const { layout, digest } = await builtImage(small, { tags: ["in-1"] });
  expect(value(await findImage(layout, "in-1"))).toBe(digest);
  expect(value(await findImage(layout, "in-2"))).toBeNull();
  expect(value(await findImage(join(layout, "none"), "in-1"))).toBeNull();
});

test("one digest takes several tags, listed in order", async () => {
  const { layout, digest } = await builtImage();
  for (const tag of ["v2", "in-1", "v2"]) value(await tagImage(layout, digest, tag));
  expect(value(await listTags(layout))).toEqual([
    { tag: "in-1", digest },
    { tag: "v2", digest },
  ]);
});

test("a tag that is there writes nothing; a copy that is damaged is written again with it", async () => {
  const { layout, digest } = await builtImage(small, { tags: ["v1"] });
  const [index, copy] = [join(layout, "index.json"), join(layout, "index.copy.json")];
  const before = await stat(index);
  value(await tagImage(layout, digest, "v1"));
  expect((await stat(index)).ino).toBe(before.ino);
  await writeFile(copy, "{");
  value(await tagImage(layout, digest, "v1"));
  expect(await readFile(copy, "utf8")).toBe(await readFile(index, "utf8"));
});

test("a tag never moves to another digest, by tagging or by building", async () => {
  const first = await builtImage(small, { tags: ["1.0.0"] });
  await writeTree(join(first.root, "dist"), { "src/server.js": "other" });
  const other = value(await buildImage({ ...first.request, tags: [] }));
  const refused = {
    kind: "tag-exists",
    image: "layout",
    tag: "1.0.0",
    digest: first.digest,
    wanted: other.digest,
  };
  expect(failure(await tagImage(first.layout, other.digest, "1.0.0"))).toEqual(refused);
  expect(failure(await buildImage(first.request))).toEqual(refused);
  expect(value(await findImage(first.layout, "1.0.0"))).toBe(first.digest);
});

test("a digest that is not there and a tag that is none are refused", async () => {
  const { layout, digest } = await builtImage();
  expect(failure(await tagImage(layout, `sha256:${"0".repeat(64)}`, "v1"))).toEqual({
    kind: "image-missing",
    image: "layout",
    version: `sha256:${"0".repeat(64)}`,
    available: [digest],
  });
  expect(failure(await tagImage(layout, digest, "1.0.0+sha"))).toMatchObject({
    kind: "usage",
    got: "1.0.0+sha",
  });
});

test("builds at the same time lose no tag", async () => {
  const root = await temporaryDirectory();
  const layout = join(root, "layout");
  const builds = Array.from({ length: 12 }, async (_, at) => {
    await writeTree(join(root, `dist${at}`), { "src/server.js": `listen(${at})` });
    return value(await buildImage(request(join(root, `dist${at}`), layout, { tags: [`v${at}`] }))).digest;
  });
  const digests = await Promise.all(builds);
  const tags = value(await listTags(layout));
  expect(new Map(tags.map(({ tag, digest }) => [tag, digest]))).toEqual(
    new Map(digests.map((digest, at) => [`v${at}`, digest])),
  );
  expect((await readdir(layout)).sort()).toEqual(["blobs", "index.copy.json", "index.json", "oci-layout"]);
});

test("the lock of a process that is gone is taken over", async () => {
  const { layout, digest } = await builtImage();
  const gone = spawnSync(process.execPath, ["-e", "0"]);
  await writeFile(join(layout, "index.lock"), `${gone.pid} left`);
  value(await tagImage(layout, digest, "v1"));
  expect(value(await findImage(layout, "v1"))).toBe(digest);
});

test("a lock that a live process keeps is state-held after a while", async () => {
  const { layout, digest } = await builtImage();
  const lock = join(layout, "index.lock");
  await writeFile(lock, `${process.pid} other`);
  const start = Date.now();
  await utimes(lock, start / 1000, start / 1000 + 3600);
  let now = start;
  const clock = {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms: number) => {
      now += ms * 100;
    },
  };
  expect(failure(await tagImage(layout, digest, "v1", clock))).toMatchObject({
    kind: "state-held",
    directory: layout,
    pid: process.pid,
  });
  expect(await readFile(lock, "utf8")).toBe(`${process.pid} other`);
});

test("B7: a damaged index.json is read from its second copy, said, and mended by the next build", async () => {
  const built = await builtImage(small, { tags: ["v1"] });
  const file = join(built.layout, "index.json");
  await writeFile(file, '{"schemaVersion":2,"mani');
  expect(value(await findImage(built.layout, "v1"))).toBe(built.digest);
  const again = value(await buildImage({ ...built.request, tags: ["v2"] }));
  expect(again.notes).toEqual([`${file} was damaged; its second copy was used`]);
  expect(JSON.parse(await readFile(file, "utf8")).manifests).toHaveLength(2);
});

test("B7: both copies damaged is file-corrupt, never an empty layout", async () => {
  const built = await builtImage(small, { tags: ["v1"] });
  await writeFile(join(built.layout, "index.json"), "[]");
  await copyFile(join(built.layout, "index.json"), join(built.layout, "index.copy.json"));
  expect(failure(await findImage(built.layout, "v1"))).toMatchObject({ kind: "file-corrupt" });
  expect(failure(await buildImage(built.request))).toMatchObject({ kind: "file-corrupt" });
});
