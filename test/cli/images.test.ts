import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ownImages, scannerBinaries } from "../../pipeline/executors/dagger/images.ts";
import { type FakeRegistry, fakeRegistry } from "../support/registry.ts";
import { systemsOfTests } from "../support/system.ts";

const given = systemsOfTests();

const config = (registry: FakeRegistry, more = "publish: true", environments = "") => `app: small
components:
  api:
    artifact: service
    command: exec node server.mjs
    port: 8080
    health: { ready: /health/ready, successes: 1, span: 0s, interval: 20ms, within: 10s }
    env: { PORT: "\${port}", VERSION: "\${version}" }
images:
  api: { repository: ${registry.host}/team/small, ${more} }
${environments}`;

const lock = JSON.stringify({
  lockfileVersion: 3,
  packages: {
    "": { name: "small" },
    "node_modules/@acme/quotes": { version: "2.1.0" },
    "node_modules/pg": { version: "8.0.0" },
    "node_modules/vitest": { version: "4.0.0", dev: true },
  },
});

const tagsIn = (registry: FakeRegistry): string[] =>
  [...registry.manifests.keys()]
    .map((key) => key.split(" ")[1] ?? "")
    .filter((name) => !name.startsWith("sha256"));

test("the image stage publishes what the configuration says: version, commit, branch and the key of the inputs", async () => {
  const registry = await fakeRegistry();
  const system = await given(config(registry), { "package-lock.json": lock });
  const done = await system.run("run", "image");
  expect(done.code, done.stdout + done.stderr).toBe(0);
  const sha = (await system.git("rev-parse", "HEAD")).slice(0, 7);
  expect(tagsIn(registry).sort()).toEqual([
    `0.0.0-develop.1-${sha}`,
    "develop",
    expect.stringMatching(/^in-[0-9a-f]{64}$/),
    `sha-${sha}`,
  ]);
});

test("build once: a machine that never saw the image finds it by its inputs, and a release only adds tags", async () => {
  const registry = await fakeRegistry();
  const system = await given(config(registry));
  await system.run("run", "image");
  const digest = await system.imageDigest();
  await system.release("v1.2.3");
  await rm(system.state, { recursive: true });
  registry.asked.length = 0;
  const released = await system.run("run", "image", "--event", "release", "--ref", "v1.2.3");
  expect(released.stdout).toContain("1 of 1 step from the cache");
  expect(await system.imageDigest()).toBe(digest);
  expect(registry.asked.filter((line) => line.includes("/uploads/"))).toEqual([]);
  expect(tagsIn(registry)).toEqual(expect.arrayContaining(["1.2.3", "1.2", "1", "latest"]));
});

test("nothing is published without being asked to, and what differs from the commit is not either", async () => {
  const registry = await fakeRegistry();
  const system = await given(config(registry, "base: scratch"));
  expect((await system.run("run", "image")).code).toBe(0);
  expect(registry.asked).toEqual([]);
  const published = await system.run("publish", "--json");
  expect(JSON.parse(published.stdout)).toMatchObject([
    { image: "api", address: expect.stringContaining("@sha256:") },
  ]);
  expect(tagsIn(registry)).toContain("develop");
  await system.write({ "service/extra.mjs": "" });
  const dirty = await system.run("publish");
  expect(dirty.code).toBe(2);
  expect(dirty.stderr).toContain("Got a working tree that differs from the commit.");
  expect((await system.run("publish", "web")).stderr).toContain("web");
});

test("a release of the same version with another digest is refused, and the tag stays", async () => {
  const registry = await fakeRegistry();
  const system = await given(config(registry));
  await system.release("v1.0.0");
  await system.run("run", "image", "--event", "release", "--ref", "v1.0.0");
  const before = registry.manifests.get("team/small 1.0.0")?.bytes;
  await system.write({ "service/extra.mjs": "export const more = 1;\n" });
  await system.commit("More");
  await system.git("tag", "--force", "v1.0.0");
  await rm(system.state, { recursive: true });
  const again = await system.run("run", "image", "--event", "release", "--ref", "v1.0.0");
  expect(again.code).toBe(3);
  expect(again.stdout).toContain("has a tag 1.0.0 already");
  expect(registry.manifests.get("team/small 1.0.0")?.bytes).toEqual(before);
});

test("`verify` says what an image is, from what and by whom; a changed blob is found, with exit code 1", async () => {
  const registry = await fakeRegistry();
  const system = await given(config(registry), { "package-lock.json": lock });
  await system.git("remote", "add", "origin", "https://ada:secret@git.example/acme/small.git");
  await system.run("run", "image");
  const digest = await system.imageDigest();
  const whole = await system.run("verify", "api", "--json");
  expect(whole.code, whole.stderr).toBe(0);
  expect(JSON.parse(whole.stdout)).toEqual({
    image: `${registry.host}/team/small`,
    digest,
    platforms: ["linux/amd64", "linux/arm64"],
    sbom: 1,
    provenance: [
      {
        source: "https://git.example/acme/small.git",
        builder: "urn:bellwether:host",
        revision: await system.git("rev-parse", "HEAD"),
        dirty: false,
        digests: [digest],
      },
    ],
    signatures: 0,
    signedBy: [],
  });
  const sbom = [...registry.blobs.values()].map(String).find((text) => text.includes("CycloneDX"));
  expect(JSON.parse(sbom ?? "").components.map(({ purl }: { purl: string }) => purl)).toEqual([
    "pkg:npm/%40acme/quotes@2.1.0",
    "pkg:npm/pg@8.0.0",
  ]);
  const [name = "", bytes = Buffer.alloc(0)] =
    [...registry.blobs].sort((a, b) => b[1].length - a[1].length)[0] ?? [];
  registry.blobs.set(name, Buffer.from(bytes.map((byte) => byte ^ 1)));
  const damaged = await system.run("verify", "api");
  expect(damaged.code).toBe(1);
  expect(damaged.stderr).toContain("what came has the digest");
  expect((await system.run("verify", `${registry.host}/team/small:nothing`)).code).toBe(3);
  expect((await system.run("verify", "Not A Reference")).code).toBe(2);
});

test("`verify` of an image that others built looks at the platforms that we ship on, and at no attestation", async () => {
  const registry = await fakeRegistry();
  const system = await given(config(registry));
  await system.run("run", "image");
  const ours = registry.manifests.get(`team/small ${await system.imageDigest()}`);
  const index = JSON.parse(String(ours?.bytes));
  const elsewhere = { mediaType: index.manifests[0].mediaType, digest: `sha256:${"f".repeat(64)}`, size: 7 };
  index.manifests.push(
    { ...elsewhere, platform: { os: "unknown", architecture: "unknown" } },
    { ...elsewhere, platform: { os: "linux", architecture: "riscv64" } },
  );
  const bytes = Buffer.from(JSON.stringify(index));
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  for (const name of [digest, "theirs"])
    registry.manifests.set(`team/small ${name}`, { type: index.mediaType, bytes });
  const { code, stdout, stderr } = await system.run("verify", `${registry.host}/team/small:theirs`);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain(`${digest} is whole: linux/amd64, linux/arm64`);
});

test("B8: a base's tag is resolved once; pinned, it stays where it was though the tag moves", async () => {
  const registry = await fakeRegistry();
  const base = await given(
    config(registry, "publish: true, tags: { rules: [{ text: stable }], latest: never }"),
  );
  await base.run("run", "image");
  const first = await base.imageDigest();
  const system = await given(
    config(registry, `base: "${registry.host}/team/small:stable"`).replace("team/small,", "team/app,"),
  );
  expect((await system.run("run", "image")).stdout).toContain(`:stable is ${first} today`);
  expect((await system.run("pin")).stdout).toContain(`:stable is ${first} (new)`);
  await system.commit("Pin the base");
  await base.write({ "service/other.mjs": "export {};\n" });
  await base.commit("Another base");
  await base.run("run", "image");
  const moved = await base.imageDigest();
  const pinned = await system.run("run", "image");
  expect(pinned.stdout).not.toContain("today");
  const layout = JSON.parse(await system.stored(`images/api/index.json`));
  expect(JSON.stringify(layout)).toContain(await system.imageDigest());
  expect((await system.run("pin", "--update")).stdout).toContain(`:stable is ${moved} (was ${first})`);
  const lockFile = JSON.parse(await readFile(join(system.directory, "bellwether.lock"), "utf8"));
  expect(Object.values(lockFile.bases)).toEqual([moved]);
  await writeFile(join(system.directory, "bellwether.lock"), "{");
  expect((await system.run("run", "image")).stdout).toContain("list of pinned images");
});

test("what a Dagger engine runs is pinned on request; what cannot be found is told, and the rest is kept", async () => {
  const registry = await fakeRegistry();
  const tools = await given(
    config(registry, "publish: true, tags: { rules: [{ text: stable }], latest: never }"),
  );
  await tools.run("run", "image");
  const digest = await tools.imageDigest();
  const there = `${registry.host}/team/small:stable`;
  const brought = [...Object.values(ownImages), ...Object.values(scannerBinaries).map(({ image }) => image)];
  // Every image comes from the registry of this test: none is asked for elsewhere.
  const replaced = [...brought, "debian:bookworm-slim"].map((image) => `    ${image}: ${there}`).join("\n");
  const system = await given(
    `${config(registry)}toolchains:\n  node: { version: ">=20", image: "${registry.host}/team/lost:1", setup: [] }\ndagger:\n  images:\n${replaced}\n`,
  );
  expect((await system.run("pin")).stdout).toContain("No image stands on a base with a tag.");
  expect(existsSync(join(system.directory, "bellwether.lock"))).toBe(false);
  const { code, stdout, stderr } = await system.run("pin", "--containers");
  expect(code, stderr).not.toBe(0);
  expect(stdout).toContain(`${there} is ${digest} (new)`);
  expect(stdout).toContain(`${registry.host}/team/lost:1 was not pinned: `);
  const kept = JSON.parse(await readFile(join(system.directory, "bellwether.lock"), "utf8"));
  expect(kept).toEqual({ bases: {}, containers: { [there]: digest }, format: 1 });
  expect((await system.run("run", "image")).code).toBe(0);
});

test("a base that moves under a commit is named as the likeliest reason for its other digest", async () => {
  const registry = await fakeRegistry();
  const base = await given(
    config(registry, "publish: true, tags: { rules: [{ text: stable }], latest: never }"),
  );
  await base.run("run", "image");
  const system = await given(
    config(registry, `base: "${registry.host}/team/small:stable"`).replace("team/small,", "team/app,"),
  );
  await system.run("run", "image");
  await base.write({ "service/other.mjs": "export {};\n" });
  await base.commit("Another base");
  await base.run("run", "image");
  const again = await system.run("run", "image");
  expect(again.code).toBe(3);
  expect(again.stdout).toContain(`Where only ${registry.host}/team/small:stable has moved since`);
});

test("a base that is not there, or not for the platform, is told with what there is", async () => {
  const registry = await fakeRegistry();
  const missing = await given(config(registry, `base: "${registry.host}/team/none:1"`));
  const absent = await missing.run("run", "image");
  expect(absent.code).toBe(3);
  expect(absent.stdout).toContain(`There is no image ${registry.host}/team/none of version 1.`);
  const small = await given(config(registry, "publish: true, platforms: [linux/amd64]"));
  await small.run("run", "image");
  const other = await given(config(registry, `base: "${registry.host}/team/small:develop"`));
  const wrong = await other.run("run", "image");
  expect(wrong.code).toBe(3);
  expect(wrong.stdout).toContain("of version linux/arm64");
});

test("an image that is larger than its limit is refused, and is not found by its inputs afterwards", async () => {
  const registry = await fakeRegistry();
  const system = await given(config(registry, "publish: true, max-size: 0.1Ki"));
  for (let round = 0; round < 2; round++) {
    const done = await system.run("run", "image");
    expect(done.code).toBe(1);
    expect(done.stdout).toContain("and max-size is");
  }
  expect([...registry.manifests.keys()]).toEqual([]);
});

const production = (rule: string) => `environments:
  production:
    on: manual
    target: local
    strategy: recreate
    watch: 0s
    provenance: ${rule}
`;

test("B9: provenance of another repository, or none, is refused before a host is touched; the right one passes", async () => {
  const registry = await fakeRegistry();
  const asked = production("{ source: git.example/acme/small }");
  const system = await given(config(registry, "base: scratch", asked));
  await system.git("remote", "add", "origin", "https://git.example/mallory/small");
  await system.run("run", "image");
  const refused = await system.run("deploy", "production");
  expect(refused.code).toBe(3);
  expect(refused.stdout).toContain(
    "it was built from https://git.example/mallory/small, not from git.example/acme/small",
  );
  expect(await system.stored("local/production/journal.ndjson").catch(() => "untouched")).toBe("untouched");
  await rm(join(system.state, "images"), { recursive: true });
  await system.git("remote", "set-url", "origin", "git@git.example:acme/small.git");
  await system.run("run", "image");
  const passed = await system.run("deploy", "production");
  expect(passed.code, passed.stdout + passed.stderr).toBe(0);
});

test("a deploy of a version that another machine published fetches it, with what is said about it", async () => {
  const registry = await fakeRegistry();
  const system = await given(config(registry, "publish: true", production("required")));
  await system.run("run", "image");
  const digest = await system.imageDigest();
  await rm(join(system.state, "images"), { recursive: true });
  const done = await system.run("deploy", "production");
  expect(done.code, done.stdout + done.stderr).toBe(0);
  expect(await system.stored("local/production/journal.ndjson")).toContain(digest);
});

/** Puts a signature of an image into a registry, as `cosign sign --key` does. */
function signIn(registry: FakeRegistry, digest: string, key: KeyObject, at = digest): void {
  const put = (bytes: Buffer) => {
    const name = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    registry.blobs.set(name, bytes);
    return { digest: name, size: bytes.length };
  };
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
      },
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...put(Buffer.from("{}")) },
    layers: [
      {
        mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
        ...put(payload),
        annotations: {
          "dev.cosignproject.cosign/signature": sign("sha256", payload, key).toString("base64"),
        },
      },
    ],
  };
  registry.manifests.set(`team/small ${at.replace(":", "-")}.sig`, {
    type: manifest.mediaType,
    bytes: Buffer.from(JSON.stringify(manifest)),
  });
}

const keyPair = () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { pem: publicKey.export({ type: "spki", format: "pem" }).toString(), privateKey };
};

test("`verify` checks signatures: by a key that is named, of this digest, and of nothing else", async () => {
  const registry = await fakeRegistry();
  const system = await given(config(registry));
  await system.run("run", "image");
  const digest = await system.imageDigest();
  const [ours, theirs] = [keyPair(), keyPair()];
  await system.write({ "ours.pub": ours.pem, "theirs.pub": theirs.pem, "no.pub": "hello" });
  expect((await system.run("verify", "api")).stdout).toContain("Nobody signed it.");
  const bare = await system.run("verify", "api", "--key", "ours.pub");
  expect(bare.code).toBe(1);
  expect(bare.stderr).toContain("nobody signed it");
  signIn(registry, `sha256:${"0".repeat(64)}`, ours.privateKey, digest);
  const moved = await system.run("verify", "api", "--key", "ours.pub");
  expect(moved.code).toBe(1);
  expect(moved.stderr).toContain("it has a signature, but none of this digest by ours.pub");
  signIn(registry, digest, ours.privateKey);
  expect((await system.run("verify", "api")).stdout).toContain("Signatures: 1, none of them checked");
  const good = await system.run("verify", "api", "--key", "theirs.pub", "ours.pub");
  expect(good.code, good.stderr).toBe(0);
  expect(good.stdout).toContain("Signed by ours.pub");
  expect((await system.run("verify", "api", "--key", "theirs.pub")).code).toBe(1);
  for (const file of ["no.pub", "nowhere.pub"]) {
    const wrong = await system.run("verify", "api", "--key", file);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(file);
  }
});

test("B9: an environment with signed-by takes what one of its keys has signed, and touches nothing before", async () => {
  const registry = await fakeRegistry();
  const ours = keyPair();
  const asked = production("none").replace("provenance: none", "signed-by: [keys/ours.pub]");
  const system = await given(config(registry, "publish: true", asked), { "keys/ours.pub": ours.pem });
  await system.run("run", "image");
  const digest = await system.imageDigest();
  signIn(registry, digest, keyPair().privateKey);
  const refused = await system.run("deploy", "production");
  expect(refused.code).toBe(3);
  expect(refused.stdout).toContain("none of this digest by keys/ours.pub");
  expect(await system.stored("local/production/journal.ndjson").catch(() => "untouched")).toBe("untouched");
  signIn(registry, digest, ours.privateKey);
  const passed = await system.run("deploy", "production");
  expect(passed.code, passed.stdout + passed.stderr).toBe(0);
});
