import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What a request was, and how the double may answer it instead: true where it has. */
export type Fault = (request: IncomingMessage, response: ServerResponse, turn: number) => boolean;

export type FakeRegistry = {
  host: string;
  blobs: Map<string, Buffer>;
  /** Manifests by digest and by tag, `REPOSITORY NAME`. */
  manifests: Map<string, { type: string; bytes: Buffer }>;
  /** METHOD PATH of every request, in order. */
  asked: string[];
  authorizations: (string | undefined)[];
  /** Asked first, for every request. */
  fault: Fault;
};

const sha = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** A registry in memory that answers as distribution-spec 1.1 says; with `referrers` it has their list of its own. */
export async function fakeRegistry(options: { referrers?: boolean } = {}): Promise<FakeRegistry> {
  const registry: FakeRegistry = {
    host: "",
    blobs: new Map(),
    manifests: new Map(),
    asked: [],
    authorizations: [],
    fault: () => false,
  };
  let uploads = 0;
  const server = createServer(async (request, response) => {
    registry.asked.push(`${request.method} ${request.url}`);
    registry.authorizations.push(request.headers.authorization);
    const turn = registry.asked.filter((one) => one === registry.asked.at(-1)).length;
    if (registry.fault(request, response, turn)) return;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? "/", `http://${registry.host}`);
    const [, repository = "", kind = "", name = ""] =
      /^\/v2\/(.+)\/(blobs|manifests|tags|referrers)\/(.+)$/.exec(url.pathname) ?? [];
    const send = (status: number, headers: Record<string, string> = {}, bytes?: Buffer): void => {
      response.writeHead(status, {
        ...(bytes ? { "content-length": String(bytes.length) } : {}),
        ...headers,
      });
      response.end(request.method === "HEAD" ? undefined : bytes);
    };
    if (kind === "blobs" && name === "uploads/" && request.method === "POST")
      return send(202, { location: `/v2/${repository}/blobs/uploads/${++uploads}?state=x` });
    if (kind === "blobs" && request.method === "PUT") {
      const digest = url.searchParams.get("digest") ?? "";
      if (sha(body) !== digest) return send(400, {}, Buffer.from('{"errors":[{"code":"DIGEST_INVALID"}]}'));
      registry.blobs.set(digest, body);
      return send(201, { "docker-content-digest": digest });
    }
    if (kind === "blobs") {
      const blob = registry.blobs.get(name);
      return blob ? send(200, { "docker-content-digest": name }, blob) : send(404);
    }
    if (kind === "manifests" && request.method === "PUT") {
      const manifest = { type: request.headers["content-type"] ?? "", bytes: body };
      registry.manifests.set(`${repository} ${name}`, manifest);
      registry.manifests.set(`${repository} ${sha(body)}`, manifest);
      const { subject } = JSON.parse(body.toString());
      const listed = options.referrers && subject ? { "oci-subject": subject.digest } : {};
      return send(201, { "docker-content-digest": sha(body), ...listed });
    }
    if (kind === "manifests") {
      const found = registry.manifests.get(`${repository} ${name}`);
      if (!found) return send(404, {}, Buffer.from('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'));
      return send(
        200,
        { "content-type": found.type, "docker-content-digest": sha(found.bytes) },
        found.bytes,
      );
    }
    if (kind === "tags") {
      const tags = [...registry.manifests.keys()]
        .filter((key) => key.startsWith(`${repository} `) && !key.includes("sha256:"))
        .map((key) => key.slice(repository.length + 1));
      return send(
        200,
        { "content-type": "application/json" },
        Buffer.from(JSON.stringify({ name: repository, tags })),
      );
    }
    if (kind === "referrers" && options.referrers) {
      const manifests = [...registry.manifests]
        .filter(([key]) => key.startsWith(`${repository} sha256:`))
        .flatMap(([, { type, bytes }]) => {
          const { subject, artifactType } = JSON.parse(bytes.toString());
          return subject?.digest === name
            ? [{ mediaType: type, digest: sha(bytes), size: bytes.length, artifactType }]
            : [];
        });
      const index = { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests };
      return send(200, { "content-type": index.mediaType }, Buffer.from(JSON.stringify(index)));
    }
    send(404);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  registry.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return registry;
}

/** Answers with a status, and an error as the specification has it. */
export const refuse = (
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
): true => {
  response.writeHead(status, headers);
  response.end(JSON.stringify({ errors: [{ code: "DENIED", message: "not for you" }] }));
  return true;
};
