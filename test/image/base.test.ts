import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { baseDigest } from "../../pipeline/image/base.ts";
import { buildImage } from "../../pipeline/image/build.ts";
import { unpackImage } from "../../pipeline/image/unpack.ts";
import {
  blob,
  builtImage,
  failure,
  foreignLayout,
  json,
  readTree,
  request,
  small,
  tar,
  temporaryDirectory,
  value,
  writeTree,
} from "./support.ts";

async function withBase() {
  const root = await temporaryDirectory();
  const base = join(root, "base");
  const lower = await tar([
    { name: "usr/bin/node", body: "node", mode: 0o755 },
    { name: "etc/os", body: "1" },
  ]);
  const upper = await tar([{ name: "etc/os", body: "2" }]);
  const digest = await foreignLayout(
    base,
    [{ bytes: lower }, { bytes: upper, packed: gzipSync(upper) }],
    "amd64",
    {
      User: "node",
      Env: ["PATH=/usr/bin", "LOG=debug"],
      Entrypoint: ["entry.sh"],
      Cmd: ["node"],
      Labels: { maintainer: "them" },
    },
  );
  await writeTree(join(root, "dist"), small);
  const asked = request(join(root, "dist"), join(root, "layout"), { base });
  return {
    root,
    base,
    digest,
    request: { ...asked, image: { ...asked.image, platforms: ["linux/amd64" as const] } },
  };
}

test("an image on a base has the base's layers below, its environment, user and labels, not its entry point", async () => {
  const { root, base, digest, request: asked } = await withBase();
  const built = value(await buildImage(asked));
  const index = JSON.parse((await blob(asked.layout, built.digest)).toString());
  const manifest = JSON.parse((await blob(asked.layout, index.manifests[0].digest)).toString());
  expect(manifest.annotations["org.opencontainers.image.base.digest"]).toBe(digest);
  expect(value(await baseDigest(base))).toBe(digest);
  const config = await json(asked.layout, manifest.config.digest);
  expect(config.config).toMatchObject({
    User: "node",
    Env: ["LOG=info", "PATH=/usr/bin"],
    Cmd: ["node", "src/server.js"],
    Labels: { maintainer: "them", "org.opencontainers.image.title": "api" },
  });
  expect(config.config).not.toHaveProperty("Entrypoint");
  const into = join(root, "into");
  const unpacked = value(
    await unpackImage({ layout: asked.layout, digest: built.digest, platform: "linux/amd64", into }),
  );
  expect(unpacked.environment).toEqual({ LOG: "info", PATH: "/usr/bin" });
  const tree = await readTree(into);
  expect(tree).toMatchObject({ "usr/bin/node": "node", "etc/os": "2", "app/src/server.js": "listen()" });
});

test("an image of ours serves as a base, platform by platform", async () => {
  const below = await builtImage({ "lib/a.txt": "a" }, { tags: ["one", "two"] });
  const above = await builtImage(small, { base: below.layout });
  const into = join(above.root, "into");
  value(await unpackImage({ layout: above.layout, digest: above.digest, platform: "linux/arm64", into }));
  expect(await readTree(join(into, "app"))).toMatchObject({ "lib/a.txt": "a", "src/server.js": "listen()" });
});

test("a base without the platform, with two images for it, or that is none is refused", async () => {
  const { root, base, request: asked } = await withBase();
  const both = { ...asked, image: { ...asked.image, platforms: ["linux/arm64" as const] } };
  expect(failure(await buildImage(both))).toEqual({
    kind: "image-missing",
    image: base,
    version: "linux/arm64",
    available: ["linux/amd64"],
  });
  expect(failure(await buildImage({ ...asked, base: join(root, "none") }))).toMatchObject({
    kind: "image-missing",
    image: join(root, "none"),
  });
  const index = JSON.parse(await readFile(join(base, "index.json"), "utf8"));
  await foreignLayout(base, [{ bytes: await tar([{ name: "x", body: "x" }]) }]);
  const second = JSON.parse(await readFile(join(base, "index.json"), "utf8"));
  const two = { schemaVersion: 2, manifests: [...index.manifests, ...second.manifests] };
  await writeFile(join(base, "index.json"), JSON.stringify(two));
  expect(failure(await buildImage(asked))).toMatchObject({
    kind: "file-corrupt",
    reason: "it holds more than one image for linux/amd64",
  });
});

test("a damaged base layer is refused before anything is tagged", async () => {
  const { base, digest, request: asked } = await withBase();
  const manifest = JSON.parse((await blob(base, digest)).toString());
  await writeFile(join(base, "blobs/sha256", manifest.layers[0].digest.slice(7)), "short");
  expect(failure(await buildImage({ ...asked, tags: ["v1"] }))).toMatchObject({ kind: "file-corrupt" });
  await expect(readFile(join(asked.layout, "index.json"))).rejects.toThrow("ENOENT");
});
