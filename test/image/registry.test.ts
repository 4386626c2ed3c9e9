import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Platform } from "../../pipeline/config/config.ts";
import { attach } from "../../pipeline/image/about/attach.ts";
import { imageIn, readIndex } from "../../pipeline/image/layout.ts";
import { pullImage as pull, resolveReference } from "../../pipeline/image/registry/pull.ts";
import { type PushRequest, pushImage as push } from "../../pipeline/image/registry/push.ts";
import { pullReferrers, referrersOf } from "../../pipeline/image/registry/referrers.ts";
import { type Login, openSession, type RegistryTools } from "../../pipeline/image/registry/session.ts";
import { tagsIn } from "../../pipeline/image/registry/tags.ts";
import { systemClock } from "../../pipeline/io/clock.ts";
import { createExchanges } from "../../pipeline/io/exchange.ts";
import { ok } from "../../pipeline/result.ts";
import { Secret } from "../../pipeline/secret.ts";
import { type FakeRegistry, fakeRegistry, refuse } from "../support/registry.ts";
import { unwrap, unwrapFailure } from "../support/unwrap.ts";
import { blob, builtImage, temporaryDirectory } from "./support.ts";

/** Waits are noted, not waited. */
function toolsWith(login: Login | null = null): RegistryTools & { pauses: number[] } {
  const exchanges = createExchanges(2_000);
  onTestFinished(() => exchanges.close());
  const pauses: number[] = [];
  const clock = { ...systemClock, sleep: async (ms: number) => void pauses.push(ms) };
  return { exchanges, clock, login: async () => ok(login), pauses };
}

const password: Login = { username: "robot", password: new Secret("registry password", "s3cret-word") };

const pushImage = (
  { repository, ...request }: PushRequest & { repository: { registry: string; repository: string } },
  tools: RegistryTools,
) => push(openSession(repository.registry, repository.repository, "pull,push", tools), request);

const pullImage = (
  { registry, repository, digest }: { registry: string; repository: string; digest: string },
  platforms: Platform[],
  layout: string,
  tools: RegistryTools,
) => pull(openSession(registry, repository, "pull", tools), digest, platforms, layout, tools.clock);

const place = (registry: FakeRegistry) => ({ registry: registry.host, repository: "team/quotes" });

async function builtFor(registry: FakeRegistry, tags = { fixed: ["1.2.3"], moving: ["latest"] }) {
  const built = await builtImage();
  const image = unwrap(await imageIn(built.layout, built.digest));
  const request = { layout: built.layout, image, referrers: [], repository: place(registry), tags };
  return { ...built, image, request };
}

test("what is pushed is what is pulled: the index, both platforms, every blob, by digest and by tag", async () => {
  const registry = await fakeRegistry();
  const tools = toolsWith();
  const { request, digest, layout } = await builtFor(registry);
  expect(unwrap(await pushImage(request, tools))).toMatchObject({ sent: 4, kept: 0 });
  const reference = { ...place(registry), tag: "latest", digest: null };
  expect(unwrap(await resolveReference(reference, tools))?.digest).toBe(digest);
  const copy = join(await temporaryDirectory(), "copy");
  unwrap(await pullImage({ ...reference, digest }, ["linux/amd64", "linux/arm64"], copy, tools));
  expect(await blob(copy, digest)).toEqual(await blob(layout, digest));
  expect(unwrap(await tagsIn(openSession(registry.host, "team/quotes", "pull", tools)))).toEqual([
    "1.2.3",
    "latest",
  ]);
});

test("the tags are written last, after every blob and every manifest", async () => {
  const registry = await fakeRegistry();
  const { request, digest } = await builtFor(registry);
  unwrap(await pushImage(request, toolsWith()));
  const puts = registry.asked.filter((line) => line.startsWith("PUT"));
  expect(puts.slice(-3).map((line) => line.split("/").at(-1))).toEqual([digest, "1.2.3", "latest"]);
});

test("pushing again what is there sends no blob", async () => {
  const registry = await fakeRegistry();
  const { request } = await builtFor(registry);
  unwrap(await pushImage(request, toolsWith()));
  registry.asked.length = 0;
  expect(unwrap(await pushImage(request, toolsWith()))).toEqual({ sent: 0, kept: 4, bytes: 0 });
  expect(registry.asked.filter((line) => line.includes("uploads"))).toEqual([]);
});

test("a fixed tag that names another digest is refused before anything is sent; a moving one moves", async () => {
  const registry = await fakeRegistry();
  const first = await builtFor(registry);
  unwrap(await pushImage(first.request, toolsWith()));
  const second = await builtImage({ "src/server.js": "listen(2)" });
  const image = unwrap(await imageIn(second.layout, second.digest));
  const request = { ...first.request, layout: second.layout, image };
  registry.asked.length = 0;
  expect(unwrapFailure(await pushImage(request, toolsWith()))).toMatchObject({
    kind: "tag-exists",
    tag: "1.2.3",
    digest: first.digest,
    wanted: second.digest,
  });
  expect(registry.asked.filter((line) => line.startsWith("P"))).toEqual([]);
  unwrap(await pushImage({ ...request, tags: { fixed: ["1.2.4"], moving: ["latest"] } }, toolsWith()));
  const reference = { ...place(registry), tag: "latest", digest: null };
  expect(unwrap(await resolveReference(reference, toolsWith()))?.digest).toBe(second.digest);
});

test.each([[true], [false]])(
  "what is about an image is found again (a list of the registry's own: %s)",
  async (own) => {
    const registry = await fakeRegistry({ referrers: own });
    const { request, layout, image, digest } = await builtFor(registry);
    const document = {
      type: "application/vnd.cyclonedx+json",
      value: { bomFormat: "CycloneDX" },
      created: 0,
    };
    const referrer = unwrap(await attach(layout, image, document, systemClock));
    const tools = toolsWith();
    unwrap(await pushImage({ ...request, referrers: [referrer] }, tools));
    const session = openSession(registry.host, "team/quotes", "pull", tools);
    expect(unwrap(await referrersOf(session, digest))).toMatchObject([{ digest: referrer.digest }]);
    const copy = await temporaryDirectory();
    expect(unwrap(await pullReferrers(session, digest, copy, systemClock))).toBe(1);
    const { index } = unwrap(await readIndex(copy));
    expect(index.manifests).toMatchObject([{ digest: referrer.digest, artifactType: document.type }]);
  },
);

/** Asks whoever has no token for one, and gives it under this name. */
const challenging =
  (challenge: string, name: "token" | "access_token"): FakeRegistry["fault"] =>
  (request, response) => {
    if (request.url?.startsWith("/token")) {
      response.end(JSON.stringify({ [name]: "given" }));
      return true;
    }
    return request.headers.authorization === "Bearer given"
      ? false
      : refuse(response, 401, { "www-authenticate": challenge });
  };

test("a token is asked for with the login, for this repository, and the login goes nowhere else", async () => {
  const registry = await fakeRegistry();
  const challenge = `Bearer realm="http://${registry.host}/token",service="reg",scope="repository:team/quotes:pull,push"`;
  registry.fault = challenging(challenge, "token");
  const { request } = await builtFor(registry);
  unwrap(await pushImage(request, toolsWith(password)));
  const asked = registry.asked.find((line) => line.includes("/token"));
  expect(asked).toBe("GET /token?service=reg&scope=repository%3Ateam%2Fquotes%3Apull%2Cpush");
  const basic = `Basic ${Buffer.from("robot:s3cret-word").toString("base64")}`;
  const withLogin = registry.asked.filter((_line, at) => registry.authorizations[at] === basic);
  expect(new Set(withLogin)).toEqual(new Set([asked]));
});

test("a token service without TLS on another machine never gets the login", async () => {
  const registry = await fakeRegistry();
  registry.fault = (_request, response) =>
    refuse(response, 401, { "www-authenticate": 'Bearer realm="http://tokens.example/token"' });
  const { request } = await builtFor(registry);
  expect(unwrapFailure(await pushImage(request, toolsWith(password)))).toMatchObject({
    kind: "registry-failed",
    reason: "its token service is http://tokens.example/token",
  });
});

test("an upload that the registry sends to another host is sent there without the login", async () => {
  const registry = await fakeRegistry();
  const storage = await fakeRegistry();
  registry.fault = (asked, response) => {
    if (!asked.headers.authorization) return refuse(response, 401, { "www-authenticate": "Basic" });
    if (asked.method !== "POST") return false;
    response.writeHead(202, { location: `http://${storage.host}/v2/team/quotes/blobs/uploads/1` });
    response.end();
    return true;
  };
  const { request } = await builtFor(registry);
  expect(unwrap(await pushImage(request, toolsWith(password)))).toMatchObject({ sent: 4 });
  expect(storage.blobs.size).toBe(4);
  expect(new Set(storage.authorizations)).toEqual(new Set([undefined]));
});

test("a token for a push is for writing, though the first question is a look", async () => {
  const registry = await fakeRegistry();
  const challenge = `Bearer realm="http://${registry.host}/token",scope="repository:team/quotes:pull"`;
  registry.fault = challenging(challenge, "access_token");
  const { request } = await builtFor(registry);
  unwrap(await pushImage(request, toolsWith(password)));
  expect(registry.asked.filter((line) => line.includes("/token"))).toEqual([
    "GET /token?scope=repository%3Ateam%2Fquotes%3Apull%2Cpush",
  ]);
});

test("Basic is answered where it is asked for", async () => {
  const registry = await fakeRegistry();
  registry.fault = (request, response) =>
    request.headers.authorization
      ? false
      : refuse(response, 401, { "www-authenticate": 'Basic realm="reg"' });
  const { request } = await builtFor(registry);
  expect(unwrap(await pushImage(request, toolsWith(password)))).toMatchObject({ sent: 4 });
});

test.each([
  [401, { kind: "registry-denied", loggedIn: false, status: 401 }],
  [403, { kind: "registry-denied", status: 403 }],
  [404, { kind: "registry-failed", status: 404, reason: "DENIED: not for you" }],
  [413, { kind: "registry-failed", status: 413 }],
  [500, { kind: "registry-failed", status: 500 }],
])("an upload that is answered %i fails as what it is, without a tag", async (status, expected) => {
  const registry = await fakeRegistry();
  registry.fault = (request, response) => request.method === "POST" && refuse(response, status);
  const { request } = await builtFor(registry);
  expect(unwrapFailure(await pushImage(request, toolsWith()))).toMatchObject(expected);
  expect([...registry.manifests.keys()]).toEqual([]);
});

test("429 is asked again after the time that it says, 503 after 0.5 s, 1 s and 2 s", async () => {
  const registry = await fakeRegistry();
  const { request } = await builtFor(registry, { fixed: [], moving: ["latest"] });
  const tools = toolsWith();
  registry.fault = (asked, response, turn) => {
    if (asked.method !== "PUT" || !asked.url?.endsWith("/manifests/latest")) return false;
    if (turn === 1) return refuse(response, 429, { "retry-after": "7" });
    return turn === 2 && refuse(response, 503);
  };
  expect(unwrap(await pushImage(request, tools))).toMatchObject({ sent: 4 });
  expect(tools.pauses).toEqual([7_000, 1_000]);
});

test("a connection that is cut at any byte of a blob leaves no tag, and the next push ends well", async () => {
  const registry = await fakeRegistry();
  const { request } = await builtFor(registry);
  for (const bytes of [0, 1, 100]) {
    registry.fault = (asked) => {
      if (asked.method !== "PUT" || !asked.url?.includes("uploads")) return false;
      let seen = 0;
      asked.on("data", (chunk: Buffer) => {
        seen += chunk.length;
        if (seen >= bytes) asked.socket.destroy();
      });
      if (bytes === 0) asked.socket.destroy();
      return true;
    };
    expect(unwrapFailure(await pushImage(request, toolsWith()))).toMatchObject({
      kind: "registry-failed",
      status: null,
    });
    expect([...registry.manifests.keys()]).toEqual([]);
  }
  registry.fault = () => false;
  expect(unwrap(await pushImage(request, toolsWith()))).toMatchObject({ sent: 4 });
});

test("a pull that is cut is asked again; cut every time, it says so and leaves no index", async () => {
  const registry = await fakeRegistry();
  const { request, digest } = await builtFor(registry);
  unwrap(await pushImage(request, toolsWith()));
  const cut = (turns: number) => {
    const seen = new Map<string, number>();
    registry.fault = (asked, response) => {
      if (asked.method !== "GET" || !asked.url?.includes("/blobs/")) return false;
      const turn = (seen.get(asked.url) ?? 0) + 1;
      seen.set(asked.url, turn);
      if (turn > turns) return false;
      response.writeHead(200, { "content-length": "100000" });
      response.write("half");
      setImmediate(() => asked.socket.destroy());
      return true;
    };
  };
  const reference = { ...place(registry), tag: null, digest };
  const pull = async (into: string) => pullImage(reference, ["linux/amd64"], into, toolsWith());
  cut(99);
  const broken = await temporaryDirectory();
  expect(unwrapFailure(await pull(broken))).toMatchObject({ kind: "registry-failed", status: null });
  expect(unwrap(await readIndex(broken)).index.manifests).toEqual([]);
  cut(1);
  expect(unwrap(await pull(broken)).blobs).toBe(3);
});

test("a registry that lies about a digest is not believed: of a manifest, of a blob, of what it got", async () => {
  const registry = await fakeRegistry();
  const { request, digest, layout } = await builtFor(registry);
  unwrap(await pushImage(request, toolsWith()));
  const reference = { ...place(registry), tag: null, digest };
  const into = await temporaryDirectory();
  const index = registry.manifests.get(`team/quotes ${digest}`);
  registry.manifests.set(`team/quotes ${digest}`, { type: index?.type ?? "", bytes: Buffer.from("{}") });
  expect(unwrapFailure(await pullImage(reference, ["linux/amd64"], into, toolsWith()))).toMatchObject({
    kind: "registry-failed",
    reason: expect.stringContaining("what came has the digest"),
  });
  if (index) registry.manifests.set(`team/quotes ${digest}`, index);
  const [first = ""] = registry.blobs.keys();
  const real = registry.blobs.get(first) ?? Buffer.alloc(0);
  registry.blobs.set(first, Buffer.alloc(real.length, 1));
  const all = await pullImage(reference, ["linux/amd64", "linux/arm64"], into, toolsWith());
  expect(unwrapFailure(all)).toMatchObject({ reason: expect.stringContaining("what came has the digest") });
  registry.blobs.set(first, real);
  registry.fault = (asked, response) => {
    if (asked.method !== "PUT" || !asked.url?.includes("/manifests/")) return false;
    response.writeHead(201, { "docker-content-digest": `sha256:${"0".repeat(64)}` });
    response.end();
    return true;
  };
  expect(unwrapFailure(await pushImage({ ...request, layout }, toolsWith()))).toMatchObject({
    kind: "registry-failed",
    reason: expect.stringContaining("it says that it got"),
  });
});

test("a redirect of a blob is followed without the login", async () => {
  const registry = await fakeRegistry();
  const storage = await fakeRegistry();
  const { request, digest } = await builtFor(registry);
  unwrap(await pushImage(request, toolsWith()));
  for (const [name, bytes] of registry.blobs) storage.blobs.set(name, bytes);
  registry.fault = (asked, response) => {
    if (!asked.headers.authorization) return refuse(response, 401, { "www-authenticate": "Basic" });
    if (asked.method !== "GET" || !asked.url?.includes("/blobs/")) return false;
    response.writeHead(307, { location: `http://${storage.host}${asked.url}` });
    response.end();
    return true;
  };
  const into = await temporaryDirectory();
  const reference = { ...place(registry), tag: null, digest };
  expect(unwrap(await pullImage(reference, ["linux/amd64"], into, toolsWith(password))).blobs).toBe(3);
  expect(new Set(storage.authorizations)).toEqual(new Set([undefined]));
});

test("no message holds the login", async () => {
  const registry = await fakeRegistry();
  registry.fault = (request, response) =>
    request.headers.authorization
      ? refuse(response, 403)
      : refuse(response, 401, { "www-authenticate": "Basic" });
  const { request } = await builtFor(registry);
  const failure = unwrapFailure(await pushImage(request, toolsWith(password)));
  expect(failure).toMatchObject({ kind: "registry-denied", loggedIn: true });
  expect(JSON.stringify(failure)).not.toContain("s3cret-word");
});
