import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

type Json = Record<string, unknown>;

export type FakeDeployment = {
  id: number;
  ref: string;
  environment: string;
  payload: unknown;
  created_at: string;
  creator: { login: string };
  statuses: { state: string; description: string; environment_url?: string; log_url?: string }[];
};

type Asked = { method: string; path: string; body: Json };

/** How the next answers to a path fail: each is used once, in order. */
export type Fault = {
  path: RegExp;
  /** An HTTP status, "slow" (no answer), or "reset" (the connection ends). */
  how: number | "slow" | "reset";
  headers?: Record<string, string>;
};

/** GitHub's REST API as far as a pipeline needs it, for acme/quotes: a real server on loopback that keeps what it is told. */
export class FakeGithub {
  readonly asked: Asked[] = [];
  readonly deployments: FakeDeployment[] = [];
  readonly comments: { id: number; issue: number; body: string; user: { type: string } }[] = [];
  readonly checkRuns: Json[] = [];
  readonly sarifs: Json[] = [];
  readonly faults: Fault[] = [];
  /** Permissions that the token lacks, e.g. deployments. */
  readonly lacks = new Set<string>();
  /** Refs that the repository has. */
  readonly refs = new Set<string>();
  runs: Record<number, Json> = {};
  reviews: Record<number, Json[]> = {};
  commits: Record<string, Json> = {};
  /** Things on a page of a list at most. */
  page = 100;
  token = "ghs_fake";
  now = () => new Date();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #last = 100;

  async start(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** Newest state of every deployment to an environment, oldest first. */
  states(environment: string): string[] {
    return this.deployments
      .filter((one) => one.environment === environment)
      .map(({ ref, statuses }) => `${ref}: ${statuses.at(-1)?.state ?? "none"}`);
  }

  /** What GitHub does by itself for a job that names an environment. */
  deployed(environment: string, ref: string, state: string): FakeDeployment {
    const made = this.#deployment({ ref, environment, payload: {} }, "github-actions[bot]");
    made.statuses.push({ state, description: "" });
    return made;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const url = new URL(request.url ?? "/", this.url);
    const method = request.method ?? "GET";
    const body: Json = text === "" ? {} : JSON.parse(text);
    this.asked.push({ method, path: url.pathname, body });
    const at = this.faults.findIndex(({ path }) => path.test(`${method} ${url.pathname}`));
    const [fault] = at < 0 ? [] : this.faults.splice(at, 1);
    if (fault?.how === "slow") return;
    if (fault?.how === "reset") return void request.socket.destroy();
    const send = (status: number, value: unknown, headers: Record<string, string> = {}) =>
      void response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(value));
    if (typeof fault?.how === "number") return send(fault.how, { message: "made to fail" }, fault.headers);
    if (request.headers.authorization !== `token ${this.token}`)
      return send(401, { message: "Bad credentials" });
    const path = url.pathname.replace("/repos/acme/quotes/", "");
    const needed = permissionOf(method, path);
    if (needed !== null && this.lacks.has(needed.split("=")[0] ?? ""))
      return send(
        403,
        { message: "Resource not accessible by integration" },
        { "x-accepted-github-permissions": needed },
      );
    const answer = this.#answer(method, path, body, url.searchParams);
    if (answer === null) return send(404, { message: "Not Found" });
    if (!Array.isArray(answer.value)) return send(answer.status, answer.value);
    const size = Math.min(this.page, Number(url.searchParams.get("per_page") ?? 30));
    const page = Number(url.searchParams.get("page") ?? 1);
    const items = answer.value.slice((page - 1) * size, page * size);
    const next =
      page * size < answer.value.length
        ? { link: `<${this.url}${url.pathname}?page=${page + 1}>; rel="next"` }
        : {};
    send(answer.status, items, next as Record<string, string>);
  }

  #answer(
    method: string,
    path: string,
    body: Json,
    query: URLSearchParams,
  ): { status: number; value: unknown } | null {
    const found = (value: unknown) => (value === undefined ? null : { status: 200, value });
    const [, run] = /^actions\/runs\/(\d+)(?:\/approvals)?$/.exec(path) ?? [];
    if (run !== undefined && method === "GET")
      return found(path.endsWith("approvals") ? (this.reviews[Number(run)] ?? []) : this.runs[Number(run)]);
    const [, commit] = /^commits\/(.+)$/.exec(path) ?? [];
    if (commit !== undefined) return found(this.commits[commit]);
    if (path === "deployments" && method === "GET")
      return found(
        this.deployments.filter(({ environment }) => environment === query.get("environment")).reverse(),
      );
    if (path === "deployments" && method === "POST") {
      if (!this.refs.has(String(body.ref)))
        return { status: 422, value: { message: `No ref found for: ${body.ref}` } };
      return { status: 201, value: this.#deployment(body, "github-actions[bot]") };
    }
    const [, deployment] = /^deployments\/(\d+)\/statuses$/.exec(path) ?? [];
    if (deployment !== undefined) {
      const own = this.deployments.find(({ id }) => id === Number(deployment));
      if (method === "GET") return found(own && [...own.statuses].reverse());
      own?.statuses.push(body as FakeDeployment["statuses"][number]);
      return own === undefined ? null : { status: 201, value: { id: 1 } };
    }
    const [, issue] = /^issues\/(\d+)\/comments$/.exec(path) ?? [];
    if (issue !== undefined && method === "GET")
      return found(this.comments.filter((one) => one.issue === Number(issue)));
    if (issue !== undefined) {
      this.#last += 1;
      this.comments.push({
        id: this.#last,
        issue: Number(issue),
        body: String(body.body),
        user: { type: "Bot" },
      });
      return { status: 201, value: { id: this.#last } };
    }
    const [, comment] = /^issues\/comments\/(\d+)$/.exec(path) ?? [];
    if (comment !== undefined && method === "PATCH") {
      const own = this.comments.find(({ id }) => id === Number(comment));
      if (own) own.body = String(body.body);
      return found(own);
    }
    if (path === "check-runs") return { status: 201, value: { id: this.checkRuns.push(body) } };
    if (path === "code-scanning/sarifs")
      return { status: 202, value: { id: String(this.sarifs.push(body)) } };
    return null;
  }

  #deployment(body: Json, login: string): FakeDeployment {
    this.#last += 1;
    const made: FakeDeployment = {
      id: this.#last,
      ref: String(body.ref),
      environment: String(body.environment),
      payload: body.payload,
      created_at: this.now().toISOString(),
      creator: { login },
      statuses: [],
    };
    this.deployments.push(made);
    return made;
  }
}

/** The permission that a request needs, as GitHub names it. */
function permissionOf(method: string, path: string): string | null {
  const level = method === "GET" ? "read" : "write";
  if (path.startsWith("deployments")) return `deployments=${level}`;
  if (path.startsWith("issues")) return `pull_requests=${level}`;
  if (path.startsWith("check-runs")) return "checks=write";
  if (path.startsWith("actions")) return "actions=read";
  if (path.startsWith("code-scanning")) return "security_events=write";
  return path.startsWith("commits") ? "contents=read" : null;
}

const running: FakeGithub[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

/** A server for this test alone. */
export async function fakeGithub(): Promise<FakeGithub> {
  const made = await new FakeGithub().start();
  running.push(made);
  return made;
}
