import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { artifactDigest } from "../../pipeline/image/artifact.ts";
import { type ImageInputs, inputKey, needsArtifactDigest, tagKey } from "../../pipeline/image/key.ts";
import { small, temporaryDirectory, value, writeTree } from "./support.ts";

const inputs: ImageInputs = {
  definition: {
    platforms: ["linux/amd64"],
    workdir: "/app",
    labels: {},
    command: "node src/server.js",
    environment: {},
    port: 8080,
    artifact: "dist",
  },
  base: null,
  keys: { "build:api": "k1" },
  artifact: null,
};

test("the key follows the definition, the base and the keys of the steps, in any order of keys", () => {
  const key = inputKey(inputs);
  expect(inputKey({ ...inputs, definition: { ...inputs.definition } })).toBe(key);
  expect(inputKey({ ...inputs, base: `sha256:${"1".repeat(64)}` })).not.toBe(key);
  expect(inputKey({ ...inputs, keys: { "build:api": "k2" } })).not.toBe(key);
  expect(inputKey({ ...inputs, definition: { ...inputs.definition, port: 8081 } })).not.toBe(key);
  const two = { a: "1", b: "2" };
  expect(inputKey({ ...inputs, keys: { b: "2", a: "1" } })).toBe(inputKey({ ...inputs, keys: two }));
});

test("the artifact's content decides only where a step has no key, or there is none", () => {
  expect(needsArtifactDigest({ "build:api": "k1" })).toBe(false);
  expect(inputKey({ ...inputs, artifact: ["x"] })).toBe(inputKey(inputs));
  for (const keys of [{}, { "build:api": null }, { a: "1", b: null }]) {
    expect(needsArtifactDigest(keys)).toBe(true);
    expect(() => inputKey({ ...inputs, keys })).toThrow("digest is needed");
    expect(inputKey({ ...inputs, keys, artifact: ["x"] })).not.toBe(
      inputKey({ ...inputs, keys, artifact: ["y"] }),
    );
  }
});

test("a tag of a key is a valid tag", () => {
  expect(tagKey("a".repeat(64))).toBe(`in-${"a".repeat(64)}`);
  expect(tagKey("x".repeat(300))).toMatch(/^in-[0-9a-f]{64}$/);
  expect(tagKey("a b")).toMatch(/^in-[0-9a-f]{64}$/);
});

test("an artifact's digest follows content, path and the executable bit", async () => {
  const root = await temporaryDirectory();
  const owner = { component: "api", step: "image:api" };
  await writeTree(join(root, "a"), small);
  await writeTree(join(root, "b"), small);
  const digest = value(await artifactDigest(join(root, "a"), owner));
  expect(value(await artifactDigest(join(root, "b"), owner))).toBe(digest);
  await chmod(join(root, "b/package.json"), 0o755);
  expect(value(await artifactDigest(join(root, "b"), owner))).not.toBe(digest);
});
