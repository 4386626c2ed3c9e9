import type { DockerfileSpec, Platform } from "../../config/config.ts";

/** What builds a Dockerfile. */
export type Builder = "buildx" | "docker" | "buildah";

export type DockerBuild = {
  spec: DockerfileSpec;
  platform: Platform;
  labels: Record<string, string>;
  /** Seconds since the epoch. */
  epoch: number;
  /** Absolute paths of the Dockerfile and of what it sees. */
  file: string;
  context: string;
  /** The file that the image is handed out in: an archive of an OCI layout (buildx), or Docker's own. */
  into: string;
  /** A file that the image's own name is written to. */
  idFile: string;
};

/**
 * Ask whether a builder is there and works: exit codes of 0 say so. Docker's client (23 and later) has BuildKit by its
 * component buildx alone, and says that it is missing where BuildKit is asked for, even for help.
 */
export const probes: Record<Builder, string[][]> = {
  buildx: [["docker", "buildx", "inspect"]],
  docker: [
    ["docker", "version", "--format", "{{.Server.Version}}"],
    ["docker", "build", "--help"],
  ],
  buildah: [["buildah", "--version"]],
};

/** The command that builds one platform. A secret goes by a variable of the builder's own, never by an argument. */
export function buildCommand(builder: Builder, build: DockerBuild): string[] {
  const { spec, platform } = build;
  const common = [
    ...["--platform", platform],
    ...["--file", build.file],
    ...(spec.target === null ? [] : ["--target", spec.target]),
    ...pairs("--build-arg", spec.arguments),
    ...pairs("--label", build.labels),
    ...spec.secrets.flatMap((name) => ["--secret", `id=${name},env=${name}`]),
    ...spec.cacheFrom.flatMap((from) => ["--cache-from", from]),
  ];
  switch (builder) {
    case "buildx":
      return [
        ...["docker", "buildx", "build"],
        ...common,
        ...spec.cacheTo.flatMap((to) => ["--cache-to", to]),
        // What is about the image is ours to say: the builder's own would be another image in the index.
        ...["--provenance=false", "--sbom=false"],
        ...["--output", `type=oci,dest=${build.into},rewrite-timestamp=true`],
        build.context,
      ];
    case "docker":
      return ["docker", "build", ...common, "--iidfile", build.idFile, build.context];
    case "buildah":
      return [
        ...["buildah", "build"],
        ...common,
        ...spec.cacheTo.flatMap((to) => ["--cache-to", to]),
        // Its cache knows neither platforms (where the base is scratch) nor formats: it is used where it is named.
        ...(spec.cacheFrom.length + spec.cacheTo.length > 0 ? ["--layers"] : []),
        // OCI's own configuration has no health check and no shell: buildah would leave them out.
        ...["--format", "docker", "--timestamp", String(build.epoch)],
        ...["--iidfile", build.idFile],
        build.context,
      ];
  }
}

/** The command that hands the image out, where building does not; `id` is what the builder calls it. */
export function exportCommand(builder: Builder, id: string, into: string): string[] | null {
  if (builder === "buildx") return null;
  return builder === "docker"
    ? ["docker", "save", "--output", into, id]
    : ["buildah", "push", id, `docker-archive:${into}`];
}

/** Variables that make times the commit's, and Docker build with what knows secrets. */
export const buildVariables = (builder: Builder, epoch: number): Record<string, string> => ({
  SOURCE_DATE_EPOCH: String(epoch),
  ...(builder === "docker" ? { DOCKER_BUILDKIT: "1" } : {}),
});

const pairs = (flag: string, values: Record<string, string>): string[] =>
  Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
