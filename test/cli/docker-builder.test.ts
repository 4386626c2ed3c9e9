import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeSystem, type System } from "../support/system.ts";

const systems: System[] = [];
const tools: string[] = [];

afterEach(async () => {
  for (const system of systems.splice(0)) expect(await system.close()).toEqual([]);
  for (const directory of tools.splice(0)) await rm(directory, { recursive: true });
});

const config = (builder: string): string => `app: small
components:
  api: { artifact: service, command: [node, server.mjs], port: 8080 }
images:
  api: { repository: registry.example/small, platforms: [linux/amd64], dockerfile: { file: Dockerfile, builder: ${builder} } }
`;

/** A system on a machine whose only `docker` is this script. */
async function withDocker(builder: string, script: string): Promise<System> {
  const directory = await mkdtemp(join(tmpdir(), "bellwether-docker-"));
  tools.push(directory);
  await writeFile(join(directory, "docker"), script, { mode: 0o755 });
  const system = await makeSystem({
    files: { "bellwether.yaml": config(builder), Dockerfile: "FROM scratch\n" },
    variables: { PATH: `${directory}:/usr/bin:/bin` },
  });
  systems.push(system);
  return system;
}

test("a docker that has BuildKit only by a component which is missing is no builder, and its own words say so", async () => {
  const system = await withDocker(
    "docker",
    `#!/bin/sh
case "$1 $2" in
"version --format") echo 28.2.2 ;;
"build --help") [ "$DOCKER_BUILDKIT" = 1 ] && { echo "ERROR: BuildKit is enabled but the buildx component is missing or broken." >&2; exit 1; } ;;
*) echo "was asked: $*" >&2; exit 9 ;;
esac
`,
  );
  const refused = await system.run("run", "image");
  expect(refused.code).toBe(3);
  expect(refused.stdout.replaceAll(/\s+/g, " ")).toContain(
    "docker does not work (ERROR: BuildKit is enabled but the buildx component is missing or broken.)",
  );
  expect(refused.stdout).not.toContain("was asked");
});

test("a docker without a daemon is no builder, and what it says of it is shown", async () => {
  const words = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.";
  const system = await withDocker("buildx", `#!/bin/sh\necho '${words}' >&2\nexit 1\n`);
  const refused = await system.run("run", "image");
  expect(refused.code).toBe(3);
  expect(refused.stdout.replaceAll(/\s+/g, " ")).toContain(`buildx does not work (${words})`);
});
