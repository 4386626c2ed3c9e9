import { expect, test } from "vitest";
import { digestOf, sha256 } from "../../pipeline/canonical.ts";
import { makeRelease, type ReleaseParts, waves } from "../../pipeline/deploy/release.ts";
import { sampleConfig, sampleEnvironment } from "../support/sample-release.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";

const smoke = {
  name: "version",
  component: null,
  method: "GET" as const,
  path: "/version",
  body: null,
  headers: {},
  expect: { status: 200, json: { version: "${version}" }, text: null, withinMs: 500 },
};
const config = sampleConfig(sampleEnvironment({ environment: { MODE: "live", PORT: "9" }, smoke: [smoke] }));

const parts = (changes: Partial<ReleaseParts> = {}): ReleaseParts => ({
  config,
  environment: "production",
  context: { version: "1.2.3", sha: "abc" },
  images: { api: "sha256:1" },
  values: { MODE: "paper", LIMIT: "10" },
  secrets: ["API_KEY"],
  ...changes,
});

test("later sources of the environment win: component, environment, environment file", () => {
  const release = unwrap(makeRelease(parts()));
  expect(release.components[0]?.environment).toEqual({ PORT: "9", MODE: "paper", LIMIT: "10" });
  expect(release.values).toEqual({ MODE: sha256("paper"), LIMIT: sha256("10"), PORT: sha256("9") });
  expect(release.secrets).toEqual(["API_KEY"]);
});

test("a release's id is the digest of all the rest, so that any change makes another release", () => {
  const release = unwrap(makeRelease(parts()));
  const { id, ...rest } = release;
  expect(id).toBe(digestOf(rest));
  const others = [
    { values: {} },
    { images: { api: "sha256:2" } },
    { context: { version: "1.2.4", sha: "abc" } },
    { secrets: [] },
  ];
  const ids = others.map((other) => unwrap(makeRelease(parts(other))).id);
  expect(new Set([id, ...ids]).size).toBe(5);
  expect(unwrap(makeRelease(parts())).id).toBe(id);
});

test("a smoke check goes to the first component that listens, and knows the version", () => {
  expect(unwrap(makeRelease(parts())).smoke[0]).toMatchObject({
    component: "api",
    expect: { json: { version: "1.2.3" } },
  });
});

test("a missing digest, a component without an image and an unknown environment are told apart", () => {
  expect(unwrapFailure(makeRelease(parts({ images: { web: "sha256:1" } })))).toEqual({
    kind: "image-missing",
    image: "api",
    version: "1.2.3",
    available: ["web"],
  });
  expect(unwrapFailure(makeRelease(parts({ config: { ...config, images: {} } })))).toEqual({
    kind: "artifact-missing",
    component: "api",
    path: "dist",
  });
  expect(unwrapFailure(makeRelease(parts({ environment: "prod" })))).toMatchObject({
    kind: "unknown-name",
    known: ["production"],
  });
});

test("components start in waves, each after what it needs; a circle does not hang", () => {
  const of = (name: string, ...after: string[]) => ({ name, after });
  expect(waves([of("c", "b"), of("a"), of("b", "a"), of("d", "a")])).toEqual([["a"], ["b", "d"], ["c"]]);
  expect(waves([of("a", "b"), of("b", "a"), of("c")])).toEqual([["c"], ["a", "b"]]);
});
