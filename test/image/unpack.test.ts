import { mkdir, readdir, stat, symlink, truncate, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { buildImage } from "../../pipeline/image/build.ts";
import { unpackImage } from "../../pipeline/image/unpack.ts";
import {
  blob,
  builtImage,
  failure,
  foreignLayout,
  readTree,
  request,
  small,
  type TestEntry,
  tar,
  temporaryDirectory,
  value,
  writeTree,
} from "./support.ts";

test("what is unpacked equals the artifact, with its modes, links and times", async () => {
  const root = await temporaryDirectory();
  await writeTree(join(root, "dist"), { ...small, "empty.txt": "", [`${"l".repeat(150)}/é.txt`]: "x" });
  await mkdir(join(root, "dist/nothing"));
  await symlink("../package.json", join(root, "dist/src/link"));
  await symlink("missing", join(root, "dist/dangling"));
  const asked = request(join(root, "dist"), join(root, "layout"));
  const { digest } = value(await buildImage(asked));
  const into = join(root, "releases/one");
  for (const platform of ["linux/amd64", "linux/arm64"] as const) {
    const unpacked = value(await unpackImage({ layout: asked.layout, digest, platform, into }));
    expect(unpacked).toEqual({
      workdir: join(into, "app"),
      command: ["node", "src/server.js"],
      environment: { LOG: "info" },
    });
    expect(await readTree(unpacked.workdir)).toEqual(await readTree(join(root, "dist")));
  }
  expect((await stat(join(into, "app/bin/run.sh"))).mode & 0o777).toBe(0o755);
  expect((await stat(join(into, "app/package.json"))).mode & 0o777).toBe(0o644);
  expect((await stat(join(into, "app/package.json"))).mtimeMs).toBe(asked.created);
  expect(await readdir(join(root, "releases"))).toEqual(["one"]);
});

test("a command that is a string runs by sh -c", async () => {
  const { layout, digest, root } = await builtImage(small, { command: "exec node src/server.js" });
  const unpacked = await unpackImage({ layout, digest, platform: "linux/amd64", into: join(root, "into") });
  expect(value(unpacked).command).toEqual(["sh", "-c", "exec node src/server.js"]);
});

test("every kind of blob is checked before it is used, and nothing is left behind", async () => {
  const { layout, digest, root } = await builtImage();
  const index = JSON.parse((await blob(layout, digest)).toString());
  const manifest = JSON.parse((await blob(layout, index.manifests[0].digest)).toString());
  const parts = [digest, index.manifests[0].digest, manifest.config.digest, manifest.layers[1].digest];
  for (const part of parts) {
    const path = join(layout, "blobs/sha256", part.slice(7));
    const good = await blob(layout, part);
    const unpack = () =>
      unpackImage({ layout, digest, platform: "linux/amd64", into: join(root, "out/into") });
    const bad = Buffer.from(good);
    bad.writeUInt8((bad.at(-600) ?? bad.at(0) ?? 0) ^ 1, Math.max(0, bad.length - 600));
    await writeFile(path, bad);
    expect(failure(await unpack())).toMatchObject({ kind: "file-corrupt", file: path });
    await truncate(path, good.length - 1);
    expect(failure(await unpack())).toMatchObject({
      kind: "file-corrupt",
      reason: `it has ${good.length - 1} bytes, its descriptor says ${good.length}`,
    });
    await unlink(path);
    expect(failure(await unpack())).toMatchObject({ kind: "file-corrupt", reason: "it is missing" });
    await writeFile(path, good);
  }
  expect(await readdir(join(root, "out")).catch(() => [])).toEqual([]);
});

test("a failed unpacking leaves what was there, and a build mends the damaged blob", async () => {
  const { layout, digest, root, request: asked } = await builtImage();
  const into = join(root, "into");
  const unpack = () => unpackImage({ layout, digest, platform: "linux/amd64", into });
  value(await unpack());
  const index = JSON.parse((await blob(layout, digest)).toString());
  await writeFile(join(layout, "blobs/sha256", index.manifests[0].digest.slice(7)), "{}");
  expect(failure(await unpack())).toMatchObject({ kind: "file-corrupt" });
  expect(await readTree(join(into, "app"))).toEqual(await readTree(join(root, "dist")));
  expect(value(await buildImage(asked)).digest).toBe(digest);
  value(await unpack());
});

test("a digest or a platform that is not there is image-missing with what there is", async () => {
  const { layout, digest, root, request: asked } = await builtImage();
  const into = join(root, "into");
  const other = `sha256:${"0".repeat(64)}`;
  expect(failure(await unpackImage({ layout, digest: other, platform: "linux/amd64", into }))).toEqual({
    kind: "image-missing",
    image: "layout",
    version: other,
    available: [digest],
  });
  const single = { ...asked.image, platforms: ["linux/arm64" as const] };
  const arm = value(await buildImage({ ...asked, image: single }));
  expect(
    failure(await unpackImage({ layout, digest: arm.digest, platform: "linux/amd64", into })),
  ).toMatchObject({ kind: "image-missing", available: ["linux/arm64"] });
});

async function unpackLayers(...layers: TestEntry[][]) {
  const root = await temporaryDirectory();
  const layout = join(root, "layout");
  const bytes = await Promise.all(layers.map(tar));
  const digest = await foreignLayout(
    layout,
    bytes.map((layer, at) => (at % 2 === 0 ? { bytes: layer } : { bytes: layer, packed: gzipSync(layer) })),
  );
  const into = join(root, "into");
  const result = await unpackImage({ layout, digest, platform: "linux/amd64", into });
  return { result, into, root };
}

test("whiteouts remove what lower layers brought, and nothing of their own layer", async () => {
  const { result, into } = await unpackLayers(
    [
      { name: "etc/one", body: "1" },
      { name: "etc/two", body: "2" },
      { name: "var/deep/old", body: "o" },
      { name: "var/log", body: "l" },
    ],
    [
      { name: "var/deep/new", body: "n" },
      { name: "etc/.wh.one" },
      { name: "var/.wh..wh..opq" },
      { name: "var/fresh", body: "f" },
    ],
    [{ name: "./etc/two", body: "two" }],
  );
  value(result);
  expect(await readTree(into)).toEqual({
    etc: "dir",
    "etc/two": "two",
    var: "dir",
    "var/deep": "dir",
    "var/deep/new": "n",
    "var/fresh": "f",
  });
});

test("a layer may replace a link by a file, a file by a directory, and link hard", async () => {
  const { result, into, root } = await unpackLayers(
    [
      { name: "a", type: "symlink", linkname: "b" },
      { name: "b", body: "b" },
      { name: "c", body: "c" },
    ],
    [
      { name: "a", body: "a" },
      { name: "c/", type: "directory" },
      { name: "c/d", type: "link", linkname: "b" },
      { name: "abs", type: "symlink", linkname: "/c/d" },
    ],
  );
  value(result);
  expect(await readTree(into)).toEqual({ a: "a", abs: "-> c/d", b: "b", c: "dir", "c/d": "b" });
  expect(await readdir(root)).toEqual(["into", "layout"]);
});

const link = (name: string, linkname: string): TestEntry => ({ name, type: "symlink", linkname });

test.each([
  ["climbs out", [{ name: "../evil", body: "x" }], "../evil leaves the tree"],
  ["climbs out in the middle", [{ name: "a/../../evil", body: "x" }], "a/../../evil leaves the tree"],
  ["is absolute", [{ name: "/evil", body: "x" }], "/evil is an absolute path"],
  ["is a link out", [link("l", "../out")], "l is a link to ../out"],
  [
    "goes through links that lead out together",
    [
      { name: "d/", type: "directory" },
      link("d/here", "."),
      link("e", "d/here/../.."),
      { name: "e/evil", body: "x" },
    ],
    "e/evil goes through a link out of the tree",
  ],
  [
    "is a hard link out",
    [{ name: "h", type: "link", linkname: "../../etc/passwd" }],
    "../../etc/passwd leaves the tree",
  ],
  ["is a whiteout out", [{ name: "../.wh.layout" }], "../.wh.layout leaves the tree"],
  ["is a device", [{ name: "null", type: "character-device" }], "null is a character-device"],
] satisfies [string, TestEntry[], string][])(
  "an entry that %s is refused",
  async (_name, entries, reason) => {
    const { result, root } = await unpackLayers(entries);
    expect(failure(result)).toMatchObject({ kind: "file-corrupt", what: "image layer", reason });
    expect(await readdir(root)).toEqual(["layout"]);
  },
);

test("a link that becomes one out of the tree when a directory changes is not written through", async () => {
  const { result, root } = await unpackLayers(
    [{ name: "a/b/", type: "directory" }, link("hop", "a/b/../../c"), { name: "c/", type: "directory" }],
    [link("a/b", "../c"), { name: "hop/evil", body: "x" }],
  );
  // a/b now leads to c, so that the kernel reads hop as c/../../c: outside.
  expect(failure(result)).toMatchObject({ reason: "hop/evil goes through a link out of the tree" });
  expect(await readdir(root)).toEqual(["layout"]);
});

test("a layer that is no archive, or not the one of the diff_id, is file-corrupt", async () => {
  const root = await temporaryDirectory();
  const into = join(root, "into");
  const platform = "linux/amd64" as const;
  const garbage = Buffer.alloc(1024, 7);
  const one = await foreignLayout(join(root, "one"), [{ bytes: garbage }]);
  expect(
    failure(await unpackImage({ layout: join(root, "one"), digest: one, platform, into })),
  ).toMatchObject({
    kind: "file-corrupt",
  });
  const good = await tar([{ name: "a", body: "a" }]);
  const two = await foreignLayout(join(root, "two"), [{ bytes: garbage, packed: gzipSync(good) }]);
  expect(
    failure(await unpackImage({ layout: join(root, "two"), digest: two, platform, into })),
  ).toMatchObject({
    kind: "file-corrupt",
    reason: expect.stringContaining("its diff_id is"),
  });
  const three = await foreignLayout(join(root, "three"), [{ bytes: good, packed: Buffer.from("no gzip") }]);
  expect(
    failure(await unpackImage({ layout: join(root, "three"), digest: three, platform, into })),
  ).toMatchObject({ kind: "file-corrupt" });
});
