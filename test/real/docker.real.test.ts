import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { makeSystem, type System } from "../support/system.ts";
import { type RealDocker, realDocker } from "./support/docker.ts";
import { here, pushNodeBase, quotesOn } from "./support/node-base.ts";
import { installed } from "./support/packages.ts";
import { answering, freePort, type RealRegistry, realRegistry } from "./support/registry.ts";

let docker: RealDocker;
let registry: RealRegistry;
let scratch = "";
const systems: System[] = [];

beforeAll(async () => {
  await installed("buildah", ["/usr/bin/buildah"]);
  await installed("busybox-static", ["/bin/busybox"]);
  registry = await realRegistry();
  docker = await realDocker();
  scratch = await mkdtemp(join(tmpdir(), "bellwether-docker-"));
}, 600_000);

afterEach(async () => {
  for (const system of systems.splice(0)) expect(await system.close()).toEqual([]);
});

afterAll(async () => {
  // Side by side: one that cannot be closed keeps no other open.
  await Promise.all([docker?.close(), registry?.close()]);
  await rm(scratch, { recursive: true, force: true });
});

const dockerfile = `FROM scratch AS build
COPY busybox /bin/sh
RUN --mount=type=secret,id=NPM_TOKEN test -s /run/secrets/NPM_TOKEN
FROM build AS runtime
ARG GREETING=none
HEALTHCHECK --interval=10s CMD ["/bin/sh", "-c", "true"]
LABEL greeting=$GREETING
USER 1000
CMD ["/bin/sh", "-c", "echo it runs"]
`;

const config = () => `app: small
components:
  api: { artifact: service, command: [node, server.mjs], port: 8080 }
images:
  api:
    repository: ${registry.host}/team/small
    platforms: [${here}]
    dockerfile: { file: Dockerfile, target: runtime, args: { GREETING: hello }, secrets: [NPM_TOKEN], builder: docker }
secrets:
  NPM_TOKEN: { from: env }
`;

test("a Dockerfile by docker: what it says is in the image, its secret is nowhere, and Docker pulls and runs the digest", async () => {
  const secret = "tk-51f0c9a7-very-secret";
  const system = await makeSystem({
    files: { "bellwether.yaml": config(), Dockerfile: dockerfile },
    variables: { ...docker.variables, NPM_TOKEN: secret },
    limitMs: 200_000,
  });
  systems.push(system);
  await cp("/bin/busybox", join(system.directory, "busybox"));
  await system.commit("A Dockerfile");
  const first = await system.run("run", "image");
  expect(first.code, first.stdout + first.stderr).toBe(0);
  expect(first.stdout + first.stderr).not.toContain(secret);
  expect(first.stdout).toContain("built by docker");
  expect((await system.run("run", "image")).stdout).toContain("1 of 1 step from the cache");
  const published = await system.run("publish");
  expect(published.code, published.stdout + published.stderr).toBe(0);
  const digest = /@(sha256:[0-9a-f]{64})/.exec(published.stdout)?.[1];
  const reference = `${registry.host}/team/small@${digest}`;
  await docker.call("pull", "--quiet", reference);
  const [image] = JSON.parse(await docker.call("inspect", reference));
  expect(image.Config).toMatchObject({
    User: "1000",
    Labels: { greeting: "hello" },
    Healthcheck: { Test: ["CMD", "/bin/sh", "-c", "true"], Interval: 10e9 },
  });
  expect(image.RepoDigests).toContain(reference);
  expect(JSON.stringify(image) + (await docker.call("history", "--no-trunc", reference))).not.toContain(
    secret,
  );
  expect(await docker.call("run", "--rm", reference)).toBe("it runs");
});

test("Docker pulls the image of examples/quotes from the registry by its digest, runs it, and it answers", async () => {
  const system = await quotesOn(registry, await pushNodeBase(registry, scratch));
  systems.push(system);
  const done = await system.run("run", "image", "--no-cache");
  expect(done.code, done.stdout + done.stderr).toBe(0);
  const digest = (await system.report()).stages
    .flatMap(({ steps }) => steps)
    .flatMap((step) => Object.values(step.digests ?? {}))[0];
  const reference = `${registry.host}/team/quotes@${digest}`;
  await docker.call("pull", "--quiet", reference);
  const port = await freePort();
  const variables = {
    PORT: String(port),
    VERSION: "1.0.0",
    DATABASE_URL: "postgres://nobody@127.0.0.1:1/none",
  };
  const [image] = JSON.parse(await docker.call("inspect", reference));
  expect(image.Config).toMatchObject({ User: "1000:1000", WorkingDir: "/app" });
  const container = "bellwether-quotes";
  const child = spawn(
    "/usr/bin/docker",
    [
      ...["run", "--rm", "--name", container, "--network", "host"],
      ...Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      reference,
      ...image.Config.Cmd.map((word: string) => word.replaceAll("${port}", String(port))),
    ],
    { env: { ...process.env, ...docker.variables }, stdio: "ignore" },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    const answer = await answering(`http://127.0.0.1:${port}/health/live`, child);
    expect(answer.status).toBe(200);
    const pid = await docker.call("inspect", "--format", "{{.State.Pid}}", container);
    expect(await readFile(`/proc/${pid}/status`, "utf8")).toMatch(/^Uid:\t1000\t/m);
  } finally {
    await docker.call("rm", "--force", container);
    await ended;
  }
});
