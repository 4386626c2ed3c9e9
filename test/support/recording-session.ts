import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** An exec that ended in an error, as the engine says it. */
export type ExecFailure = { exitCode: number; stdout: string; stderr: string };

/** What the test lets the engine answer to a query: a value, or one of its two kinds of errors. */
export type Answer = { value: unknown } | { execError: ExecFailure } | { error: string } | { hangUp: true };

/** What a test says to a query; undefined means that it forgot one. */
export type Answering = (query: string) => Answer | undefined | Promise<Answer | undefined>;

/**
 * A server on loopback that speaks the session protocol of the engine. A query is written as a chain, such as
 * `container.from(address: "a").stdout`; an id in its arguments is written out as `<the query that led to it>`.
 */
export type RecordingSession = {
  port: number;
  token: string;
  /** The queries whose values were asked for, in the order of their arrival; those for ids are inside of them. */
  queries: string[];
  /** Every request body as it came. */
  raw: string[];
  close(): Promise<void>;
};

/** `answer` is asked for every query but those for ids and the version. */
export async function recordingSession(answer: Answering, version = "v0.21.8"): Promise<RecordingSession> {
  const token = randomUUID();
  const expected = `Basic ${Buffer.from(`${token}:`).toString("base64")}`;
  const queries: string[] = [];
  const raw: string[] = [];
  const ids = new Map<string, string>();

  const respond = async (text: string): Promise<object | null> => {
    const fields = chain(text);
    const query = expand(fields.map((field) => field.text).join("."), ids);
    const names = fields.map((field) => field.name);
    const leaf = names.at(-1);
    if (leaf === "id") return nested(names, idOf(query.slice(0, -".id".length), ids));
    if (leaf === "version") return nested(names, version);
    queries.push(query);
    const given = (await answer(query)) ?? { error: `the test has no answer to ${query}` };
    if ("value" in given) return nested(names, given.value);
    if ("hangUp" in given) return null;
    if ("error" in given) return { data: null, errors: [{ message: given.error }] };
    const { exitCode, stdout, stderr } = given.execError;
    const extensions = { _type: "EXEC_ERROR", cmd: [], exitCode, stdout, stderr };
    return { data: null, errors: [{ message: `exit code: ${exitCode}`, extensions }] };
  };

  const server = createServer((request, response) => {
    void handle(request, response, expected, (body) => {
      raw.push(body.query);
      return respond(body.query);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { port: address.port, token, queries, raw, close };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  authorization: string,
  respond: (body: { query: string }) => Promise<object | null>,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const known = request.headers.authorization === authorization;
  const right = request.method === "POST" && request.url === "/query";
  const status = known ? (right ? 200 : 404) : 401;
  const answer = status === 200 ? await respond(JSON.parse(Buffer.concat(chunks).toString("utf8"))) : {};
  if (answer === null) return void request.socket.destroy();
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(answer));
}

/** The fields of a query, one inside the other, each with its arguments; inline fragments are passed over. */
function chain(query: string): { name: string; text: string }[] {
  const token = /\.\.\.\s*on\s+\w+|(\w+)\s*/y;
  const fields: { name: string; text: string }[] = [];
  for (let at = 0; at < query.length; ) {
    token.lastIndex = at;
    const found = token.exec(query);
    if (found === null) {
      at += 1;
      continue;
    }
    at = token.lastIndex;
    const name = found[1];
    if (name === undefined) continue;
    const end = query[at] === "(" ? closing(query, at) : at;
    fields.push({ name, text: `${name}${query.slice(at, end)}` });
    at = end;
  }
  return fields;
}

/** Index after the parenthesis that closes the one at `start`; those inside strings do not count. */
function closing(query: string, start: number): number {
  const part = /"(?:[^"\\]|\\.)*"|[()]/g;
  part.lastIndex = start;
  let depth = 0;
  for (let found = part.exec(query); found !== null; found = part.exec(query)) {
    if (found[0] === "(") depth += 1;
    if (found[0] === ")") depth -= 1;
    if (depth === 0) return part.lastIndex;
  }
  throw new Error(`a parenthesis is not closed in ${query}`);
}

/** The same query always gets the same id, so that what is recorded does not depend on the order of arrival. */
function idOf(query: string, ids: Map<string, string>): string {
  const id = `id-${createHash("sha256").update(query).digest("hex").slice(0, 16)}`;
  ids.set(id, query);
  return id;
}

const expand = (query: string, ids: Map<string, string>): string =>
  query.replaceAll(/"(id-[0-9a-f]{16})"/g, (whole, id: string) => {
    const known = ids.get(id);
    return known === undefined ? whole : `<${known}>`;
  });

const nested = (names: string[], value: unknown): { data: unknown } => ({
  data: names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value),
});
