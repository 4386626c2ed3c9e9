import { chmod, mkdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { expect, onTestFinished, test } from "vitest";
import { buildImage } from "../../pipeline/image/build.ts";
import { media } from "../../pipeline/image/media.ts";
import {
  blob,
  builtImage,
  failure,
  json,
  request,
  sha,
  small,
  temporaryDirectory,
  value,
  writeTree,
} from "./support.ts";

test("equal content gives equal digests whatever the order, times and permissions of the files", async () => {
  const first = await builtImage();
  const root = await temporaryDirectory();
  await writeTree(join(root, "dist"), Object.fromEntries(Object.entries(small).reverse()));
  await chmod(join(root, "dist/src/server.js"), 0o600);
  await chmod(join(root, "dist/src"), 0o700);
  await chmod(join(root, "dist/bin/run.sh"), 0o777);
  await utimes(join(root, "dist/package.json"), 1, 1);
  const second = value(await buildImage(request(join(root, "dist"), join(root, "layout"))));
  expect(second.digest).toBe(first.digest);
});

test("another content, mode, commit or command gives another digest", async () => {
  const { digest } = await builtImage();
  const others = [
    await builtImage({ ...small, "package.json": "{ }" }),
    await builtImage({ ...small, "bin/run": "#!/bin/sh" }),
    await builtImage(small, { revision: "b".repeat(40) }),
    await builtImage(small, { command: ["node", "other.js"] }),
  ];
  expect(new Set([digest, ...others.map((other) => other.digest)]).size).toBe(5);
});

test("the layout, index, manifests and configs are as image-spec 1.1 asks", async () => {
  const { layout, digest, bytes } = await builtImage(small, { tags: ["1.0.0"] });
  expect(JSON.parse(await readFile(join(layout, "oci-layout"), "utf8"))).toEqual({
    imageLayoutVersion: "1.0.0",
  });
  const top = JSON.parse(await readFile(join(layout, "index.json"), "utf8"));
  expect(top).toMatchObject({
    schemaVersion: 2,
    mediaType: media.index,
    manifests: [
      { mediaType: media.index, digest, annotations: { "org.opencontainers.image.ref.name": "1.0.0" } },
    ],
  });
  const index = JSON.parse((await blob(layout, digest)).toString());
  expect(index).toMatchObject({ schemaVersion: 2, mediaType: media.index });
  const platforms = index.manifests.map((one: { platform: object }) => one.platform);
  expect(platforms).toEqual([
    { os: "linux", architecture: "amd64" },
    { os: "linux", architecture: "arm64" },
  ]);
  let layerBytes = 0;
  for (const entry of [...top.manifests, ...index.manifests]) {
    const data = await blob(layout, entry.digest);
    expect([sha(data), data.length]).toEqual([entry.digest, entry.size]);
  }
  for (const entry of index.manifests) {
    const manifest = JSON.parse((await blob(layout, entry.digest)).toString());
    expect(manifest).toMatchObject({
      schemaVersion: 2,
      mediaType: media.manifest,
      config: { mediaType: media.config },
    });
    for (const one of [manifest.config, ...manifest.layers]) {
      const data = await blob(layout, one.digest);
      expect([sha(data), data.length]).toEqual([one.digest, one.size]);
    }
    expect(manifest.layers.map((layer: { mediaType: string }) => layer.mediaType)).toEqual([
      `${media.layer}+gzip`,
      `${media.layer}+gzip`,
    ]);
    const diffIds = [];
    for (const one of manifest.layers) diffIds.push(sha(gunzipSync(await blob(layout, one.digest))));
    const config = await json(layout, manifest.config.digest);
    expect(config).toEqual({
      architecture: entry.platform.architecture,
      os: "linux",
      created: "2026-01-02T03:04:05.000Z",
      config: {
        User: "1000:1000",
        WorkingDir: "/app",
        Env: ["LOG=info"],
        Cmd: ["node", "src/server.js"],
        ExposedPorts: { "8080/tcp": {} },
        Labels: {
          "org.opencontainers.image.title": "api",
          "org.opencontainers.image.source": "https://example.org/quotes",
          "org.opencontainers.image.revision": "a".repeat(40),
          "org.opencontainers.image.created": "2026-01-02T03:04:05.000Z",
        },
      },
      rootfs: { type: "layers", diff_ids: diffIds },
      history: [
        { created: "2026-01-02T03:04:05.000Z", created_by: "bellwether: dependencies" },
        { created: "2026-01-02T03:04:05.000Z", created_by: "bellwether: artifact" },
      ],
    });
    layerBytes += manifest.layers.reduce((sum: number, layer: { size: number }) => sum + layer.size, 0);
  }
  expect(bytes).toBe(layerBytes);
});

async function layersOf(layout: string, digest: string): Promise<string[]> {
  const index = JSON.parse((await blob(layout, digest)).toString());
  const manifest = JSON.parse((await blob(layout, index.manifests[0].digest)).toString());
  return manifest.layers.map((layer: { digest: string }) => layer.digest);
}

test("dependencies are a layer of their own that the next release shares", async () => {
  const first = await builtImage();
  const next = { revision: "b".repeat(40), created: Date.UTC(2026, 1, 1) };
  const second = await builtImage({ ...small, "src/server.js": "listen(2)" }, next);
  const before = await layersOf(first.layout, first.digest);
  const after = await layersOf(second.layout, second.digest);
  expect(after[0]).toBe(before[0]);
  expect(after[1]).not.toBe(before[1]);
});

test("entries are sorted, owned by root, of mode 0755 or 0644, and keep links and long or foreign names", async () => {
  const root = await temporaryDirectory();
  const long = `${"d".repeat(120)}/${"é".repeat(70)}/${"f".repeat(130)}.txt`;
  await writeTree(join(root, "dist"), { "b.sh": "b", "a.txt": "a", [long]: "long" });
  await symlink("b.sh", join(root, "dist/link"));
  const asked = request(join(root, "dist"), join(root, "layout"));
  const { digest } = value(await buildImage(asked));
  const [layer = ""] = await layersOf(asked.layout, digest);
  const entries = await unpackTar(gunzipSync(await blob(asked.layout, layer)), { strict: true });
  const seen = entries.map(({ header: h }) => [h.name, h.type, h.mode?.toString(8), h.uid, h.linkname ?? ""]);
  expect(seen).toEqual([
    ["app/", "directory", "755", 0, ""],
    ["app/a.txt", "file", "644", 0, ""],
    ["app/b.sh", "file", "755", 0, ""],
    [`app/${"d".repeat(120)}/`, "directory", "755", 0, ""],
    [`app/${"d".repeat(120)}/${"é".repeat(70)}/`, "directory", "755", 0, ""],
    [`app/${long}`, "file", "644", 0, ""],
    ["app/link", "symlink", "777", 0, "b.sh"],
  ]);
  expect(new Set(entries.map(({ header }) => header.mtime?.getTime()))).toEqual(new Set([asked.created]));
});

test.each([
  ["an absolute link", "/etc/passwd", "it is a link to the absolute path /etc/passwd"],
  ["a link that climbs out", "../../outside", "it is a link that leaves the artifact: ../../outside"],
  [
    "a link that leaves through another link",
    "up/../../secret",
    "it is a link that leaves the artifact: up/../../secret",
  ],
])("%s is refused", async (_name, target, reason) => {
  const root = await temporaryDirectory();
  await writeTree(join(root, "dist"), { "deep/er/file": "x" });
  await symlink("deep/er", join(root, "dist/up"));
  await symlink(target, join(root, "dist/escape"));
  const built = await buildImage(request(join(root, "dist"), join(root, "layout")));
  expect(failure(built)).toEqual({ kind: "step-unsafe-path", step: "image:api", path: "escape", reason });
});

test("a link that really leads outside through a directory link is refused", async () => {
  const root = await temporaryDirectory();
  await writeTree(root, { "secret.txt": "s", "dist/a/b/c/file": "x", "dist/z": "z" });
  await symlink("a/b/c", join(root, "dist/deep"));
  // Read as text it stays inside; the system resolves `deep/..` to a/b.
  await symlink("deep/../../../../dist/../secret.txt", join(root, "dist/escape"));
  const built = await buildImage(request(join(root, "dist"), join(root, "layout")));
  expect(failure(built)).toMatchObject({ kind: "step-unsafe-path", path: "escape" });
});

test("sockets and names that mean a deletion are refused", async () => {
  const root = await temporaryDirectory();
  await mkdir(join(root, "one"));
  const server = createServer().listen(join(root, "one/socket"));
  onTestFinished(() => void server.close());
  await new Promise((done) => server.once("listening", done));
  const one = await buildImage(request(join(root, "one"), join(root, "layout")));
  expect(failure(one)).toMatchObject({ kind: "step-unsafe-path", path: "socket" });
  await writeTree(join(root, "two"), { "a/.wh.b": "" });
  const two = await buildImage(request(join(root, "two"), join(root, "layout")));
  expect(failure(two)).toMatchObject({ kind: "step-unsafe-path", path: "a/.wh.b" });
});

test("a missing artifact is named with its component and platform path", async () => {
  const root = await temporaryDirectory();
  const built = await buildImage(request(join(root, "dist/${platform}"), join(root, "layout")));
  expect(failure(built)).toEqual({
    kind: "artifact-missing",
    component: "api",
    path: join(root, "dist/linux-amd64"),
  });
});

test("a single file can be the artifact", async () => {
  const root = await temporaryDirectory();
  await writeFile(join(root, "server.sh"), "#!/bin/sh", { mode: 0o755 });
  const asked = request(join(root, "server.sh"), join(root, "layout"));
  const { digest } = value(await buildImage(asked));
  const [layer = ""] = await layersOf(asked.layout, digest);
  const entries = await unpackTar(gunzipSync(await blob(asked.layout, layer)));
  expect(entries.map(({ header }) => header.name)).toEqual(["app/", "app/server.sh"]);
});
