import { expect, test } from "vitest";
import type { DockerfileSpec } from "../../pipeline/config/config.ts";
import {
  type Builder,
  buildCommand,
  buildVariables,
  type DockerBuild,
  exportCommand,
} from "../../pipeline/image/dockerfile/commands.ts";

const spec: DockerfileSpec = {
  file: "deploy/Dockerfile",
  context: ".",
  target: "runtime",
  arguments: { PYTHON: "3.11" },
  secrets: ["NPM_TOKEN"],
  cacheFrom: ["type=registry,ref=registry.example/cache"],
  cacheTo: ["type=registry,ref=registry.example/cache,mode=max"],
  builder: "auto",
};

const build: DockerBuild = {
  spec,
  platform: "linux/arm64",
  labels: { "org.opencontainers.image.title": "quotes" },
  epoch: 1_700_000_000,
  file: "/src/deploy/Dockerfile",
  context: "/src",
  into: "/tmp/b/image",
  idFile: "/tmp/b/id",
};

const common =
  "--platform linux/arm64 --file /src/deploy/Dockerfile --target runtime --build-arg PYTHON=3.11 --label org.opencontainers.image.title=quotes --secret id=NPM_TOKEN,env=NPM_TOKEN --cache-from type=registry,ref=registry.example/cache";

test.each<[Builder, string, string | null]>([
  [
    "buildx",
    `docker buildx build ${common} --cache-to type=registry,ref=registry.example/cache,mode=max --provenance=false --sbom=false --output type=oci,dest=/tmp/b/image,rewrite-timestamp=true /src`,
    null,
  ],
  [
    "docker",
    `docker build ${common} --iidfile /tmp/b/id /src`,
    "docker save --output /tmp/b/image sha256:abc",
  ],
  [
    "buildah",
    `buildah build ${common} --cache-to type=registry,ref=registry.example/cache,mode=max --layers --format docker --timestamp 1700000000 --iidfile /tmp/b/id /src`,
    "buildah push sha256:abc docker-archive:/tmp/b/image",
  ],
])("%s is asked with these words", (builder, words, exported) => {
  expect(buildCommand(builder, build).join(" ")).toBe(words);
  expect(exportCommand(builder, "sha256:abc", build.into)?.join(" ") ?? null).toBe(exported);
});

test("buildah's own cache of layers is used only where a cache is named", () => {
  const plain = { ...build, spec: { ...spec, cacheFrom: [], cacheTo: [], target: null, secrets: [] } };
  expect(buildCommand("buildah", plain)).not.toContain("--layers");
});

test("times are the commit's, and Docker builds with what knows secrets", () => {
  expect(buildVariables("docker", 5)).toEqual({ SOURCE_DATE_EPOCH: "5", DOCKER_BUILDKIT: "1" });
  expect(buildVariables("buildah", 5)).toEqual({ SOURCE_DATE_EPOCH: "5" });
});
