import { execFile, spawn } from "node:child_process";
import { chmod, cp, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { openCompressor } from "../../pipeline/image/compress.ts";
import { takeBuilt } from "../../pipeline/image/dockerfile/take.ts";
import { makeSystem, type System } from "../support/system.ts";
import { unwrap } from "../support/unwrap.ts";
import { pushNodeBase, quotesOn } from "./support/node-base.ts";
import { installed } from "./support/packages.ts";
import { answering, type RealRegistry, realRegistry } from "./support/registry.ts";

const execute = promisify(execFile);
const call = async (program: string, ...args: string[]): Promise<string> =>
  (await execute(program, args, { timeout: 120_000, maxBuffer: 1 << 26 })).stdout;

const busybox = "/bin/busybox";

let registry: RealRegistry;
let scratch = "";
const systems: System[] = [];

beforeAll(async () => {
  await installed("skopeo", ["/usr/bin/skopeo"]);
  await installed("buildah", ["/usr/bin/buildah"]);
  await installed("busybox-static", [busybox]);
  registry = await realRegistry();
  scratch = await mkdtemp(join(tmpdir(), "bellwether-images-"));
}, 600_000);

afterEach(async () => {
  for (const system of systems.splice(0)) expect(await system.close()).toEqual([]);
});

afterAll(async () => {
  await registry?.close();
  await rm(scratch, { recursive: true, force: true });
});

async function given(config: string, files: Record<string, string> = {}, variables = {}): Promise<System> {
  const system = await makeSystem({
    files: { "bellwether.yaml": config, ...files },
    variables,
    limitMs: 200_000,
  });
  systems.push(system);
  return system;
}

const plain = (image: string): string => `app: small
components:
  api: { artifact: service, command: [node, server.mjs], port: 8080 }
images:
  api: { repository: ${registry.host}/team/small, ${image} }
`;

async function ran(system: System, ...args: string[]): Promise<string> {
  const done = await system.run(...args);
  expect(done.code, done.stdout + done.stderr).toBe(0);
  return done.stdout;
}

const layoutOf = (system: System): string => join(system.state, "images", "api");

test("an image goes to the registry and comes back as it was, by our hand and by skopeo's", async () => {
  const system = await given(plain("publish: true"));
  await ran(system, "run", "image");
  expect(await ran(system, "verify", `${registry.host}/team/small:develop`)).toContain(
    "is whole: linux/amd64, linux/arm64",
  );
  const digest = (
    await call(
      "skopeo",
      "inspect",
      "--tls-verify=false",
      "--format",
      "{{.Digest}}",
      `docker://${registry.host}/team/small:develop`,
    )
  ).trim();
  const copy = join(scratch, "copy");
  await call(
    "skopeo",
    "copy",
    "--all",
    "--src-tls-verify=false",
    `docker://${registry.host}/team/small@${digest}`,
    `oci:${copy}:it`,
  );
  await call("skopeo", "copy", "--all", `oci:${layoutOf(system)}:${await tagOf(system)}`, `oci:${copy}2:it`);
  const [one, two] = [
    await readFile(join(copy, "index.json"), "utf8"),
    await readFile(join(`${copy}2`, "index.json"), "utf8"),
  ];
  expect(JSON.parse(one).manifests[0].digest).toBe(digest);
  expect(JSON.parse(two).manifests[0].digest).toBe(digest);
  expect(await ran(system, "publish")).toContain("0 blobs sent");
});

async function tagOf(system: System): Promise<string> {
  const { manifests } = JSON.parse(await readFile(join(layoutOf(system), "index.json"), "utf8"));
  for (const { annotations } of manifests)
    if (annotations) return annotations["org.opencontainers.image.ref.name"];
  throw new Error("the layout has no tag");
}

test("the image of examples/quotes, on a base from the registry, runs in a container and answers its health check", async () => {
  const system = await quotesOn(registry, await pushNodeBase(registry, scratch));
  systems.push(system);
  const done = await system.run("run", "image", "--no-cache");
  expect(done.code, done.stdout + done.stderr).toBe(0);
  const container = (
    await call("buildah", "from", "--tls-verify=false", `${registry.host}/team/quotes:develop`)
  ).trim();
  const image = JSON.parse(await call("buildah", "inspect", container)).OCIv1.config;
  expect(image).toMatchObject({ User: "1000:1000", WorkingDir: "/app" });
  const variables = { PORT: "0", VERSION: "1.0.0", DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" };
  const child = spawn(
    "buildah",
    [
      ...["run", "--isolation", "chroot"],
      ...Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      container,
      "--",
      ...image.Cmd.map((word: string) => word.replaceAll("${port}", "0")),
    ],
    { stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  try {
    const port = await new Promise<string>((resolve, reject) => {
      let text = "";
      const look = (chunk: Buffer) => {
        text += chunk;
        const found = /(?:port"?:|:)\s?(\d{4,5})\b/.exec(text)?.[1];
        if (found) resolve(found);
      };
      child.stdout?.on("data", look);
      child.stderr?.on("data", look);
      child.once("exit", () => reject(new Error(`it ended: ${text}`)));
    });
    const answer = await answering(`http://127.0.0.1:${port}/health/live`, child);
    expect(answer.status).toBe(200);
  } finally {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      process.kill(-(child.pid ?? 0), "SIGKILL");
      await ended;
    }
    await call("buildah", "rm", container).catch(() => "");
  }
});

test("a Dockerfile by buildah: its arguments are in the image, its secret is nowhere in it, and root is refused", async () => {
  const dockerfile = `FROM scratch
ARG GREETING=none
COPY busybox /bin/sh
RUN --mount=type=secret,id=NPM_TOKEN test -s /run/secrets/NPM_TOKEN
HEALTHCHECK --interval=10s CMD ["/bin/sh", "-c", "true"]
LABEL greeting=$GREETING
USER 1000
CMD ["/bin/sh", "-c", "true"]
`;
  const arch = process.arch === "arm64" ? "arm64" : "amd64";
  const config = `${plain(`platforms: [linux/${arch}], dockerfile: { file: Dockerfile, args: { GREETING: hello }, secrets: [NPM_TOKEN], builder: buildah }`)}secrets:
  NPM_TOKEN: { from: env }
`;
  const secret = "tk-51f0c9a7-very-secret";
  const system = await given(
    config,
    { Dockerfile: dockerfile },
    { NPM_TOKEN: secret, BUILDAH_ISOLATION: "chroot" },
  );
  await cp(busybox, join(system.directory, "busybox"));
  await system.commit("A Dockerfile");
  const first = await ran(system, "run", "image");
  expect(first).not.toContain(secret);
  expect(await ran(system, "run", "image")).toContain("1 of 1 step from the cache");
  await ran(system, "publish");
  const shown = JSON.parse(
    await call(
      "skopeo",
      "inspect",
      "--tls-verify=false",
      "--config",
      "--raw",
      `docker://${registry.host}/team/small:develop`,
    ),
  );
  expect(shown.config).toMatchObject({
    User: "1000",
    Labels: { greeting: "hello" },
    Healthcheck: { Test: ["CMD", "/bin/sh", "-c", "true"], Interval: 10e9 },
  });
  expect(JSON.stringify(shown)).not.toContain(secret);
  await system.edit("Dockerfile", "USER 1000\n", "COPY .env /app/.env\n");
  await system.write({ ".env": "NPM_TOKEN=x\n" });
  await system.commit("Root and a secret");
  const refused = await system.run("run", "image");
  expect(refused.code).toBe(1);
  expect(refused.stdout).toContain("it runs as root");
  expect(refused.stdout).toContain("/app/.env is in it");
});

test("a Dockerfile where no builder is there is refused with what to do, before anything is built", async () => {
  const system = await given(plain("dockerfile: { file: Dockerfile, builder: buildx }"), {
    Dockerfile: "FROM scratch\n",
  });
  const refused = await system.run("run", "image");
  expect(refused.code).toBe(3);
  expect(refused.stdout).toContain("install buildah, or start Docker");
});

test("what `docker save` writes is taken over with the digests of its layers", async () => {
  const system = await given(plain("platforms: [linux/amd64]"));
  await ran(system, "run", "image");
  const archive = join(scratch, "saved.tar");
  await call(
    "skopeo",
    "copy",
    `oci:${layoutOf(system)}:${await tagOf(system)}`,
    `docker-archive:${archive}:small:1`,
  );
  const layout = join(scratch, "taken");
  const place = await mkdtemp(join(scratch, "unpack-"));
  const compressor = openCompressor();
  const taken = unwrap(await takeBuilt(archive, "linux/amd64", layout, {}, place, compressor));
  const { config } = JSON.parse(
    await readFile(join(layout, "blobs", "sha256", taken.digest.slice(7)), "utf8"),
  );
  const { rootfs } = JSON.parse(
    await readFile(join(layout, "blobs", "sha256", config.digest.slice(7)), "utf8"),
  );
  expect(rootfs.diff_ids).toHaveLength(1);
});

test("twenty builds in other directories, with another umask, time zone, locale and user, make one digest", async () => {
  const first = await given(plain("base: scratch"));
  await first.write({
    "service/bin/run.sh": "#!/bin/sh\n",
    [`service/${"d".repeat(120)}/${"é".repeat(60)}.txt`]: "x",
  });
  await chmod(join(first.directory, "service/bin/run.sh"), 0o755);
  await symlink("server.mjs", join(first.directory, "service/link"));
  await first.commit("More");
  // Where another user can read it.
  const program = join(scratch, "program", "main.cjs");
  await cp(join(inject("home"), "dist"), join(scratch, "program"), { recursive: true });
  await chmod(scratch, 0o755);
  const digests = new Set<string>();
  for (let round = 0; round < 20; round++) {
    const directory = join(scratch, `build-${round}`);
    const zone = ["UTC", "Asia/Kolkata", "America/New_York"][round % 3];
    const locale = ["C", "C.UTF-8", "tr_TR.UTF-8"][round % 3];
    const user = round % 2 === 0 ? "" : "chown -R 65534 . && exec setpriv --reuid 65534 --clear-groups";
    const line = `umask ${["022", "077", "027"][round % 3]} && git clone -q --branch develop ${first.directory} ${directory} && cd ${directory} && ${user} env HOME=/tmp TZ=${zone} LC_ALL=${locale} ${process.execPath} ${program} run image --json`;
    const report = JSON.parse(await call("sh", "-c", line));
    digests.add(
      report.stages.flatMap((stage: { steps: { digests?: { api: string } }[] }) =>
        stage.steps.map(({ digests: found }) => found?.api),
      )[0],
    );
    await rm(directory, { recursive: true, force: true });
  }
  expect([...digests]).toEqual([expect.stringMatching(/^sha256:/)]);
});

test("a file of a gigabyte, set-uid and hard links pass, a device is refused", async () => {
  const system = await given(plain("base: scratch"));
  await writeFile(join(system.directory, "service/huge"), "");
  await truncate(join(system.directory, "service/huge"), 1 << 30);
  await writeFile(join(system.directory, "service/special"), "x", { mode: 0o4755 });
  await chmod(join(system.directory, "service/special"), 0o4755);
  await call("ln", join(system.directory, "service/special"), join(system.directory, "service/linked"));
  await system.write({ ".gitignore": ".bellwether/\nservice/huge\n" });
  await system.commit("Odd files");
  expect(await ran(system, "run", "image")).toContain(
    "service/special is set-uid or set-gid".replace("service/", ""),
  );
  await call("mknod", join(system.directory, "service/null"), "c", "1", "3");
  const refused = await system.run("run", "image");
  expect(refused.code).toBe(1);
  expect(refused.stdout).toContain("it is not a file, directory or link");
});

test("on a full disk nothing is half there: it is said, no index names it, and with room it ends well", async () => {
  const base = await pushNodeBase(registry, scratch);
  const system = await given(
    plain(`base: "${base}", platforms: [linux/${process.arch === "arm64" ? "arm64" : "amd64"}]`),
  );
  const program = join(inject("home"), "dist", "main.cjs");
  const place = await mkdtemp(join(scratch, "full-"));
  const line = `mount -t tmpfs -o size=8m tmpfs ${place} && cd ${system.directory} && ! ${process.execPath} ${program} run image --state ${place}/s && find ${place}/s -name 'index*.json' -path '*images*'`;
  const told = await call("unshare", "--mount", "sh", "-c", line);
  expect(told).toContain("ENOSPC");
  expect(told).not.toContain("index.json");
  await ran(system, "run", "image");
});
