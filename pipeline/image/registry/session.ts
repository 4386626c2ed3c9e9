import type { Failure } from "../../failure.ts";
import type { Clock } from "../../io/clock.ts";
import {
  type Body,
  bytesOf,
  type Exchange,
  type ExchangeRequest,
  type Exchanges,
} from "../../io/exchange.ts";
import { redacted } from "../../redact.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Secret } from "../../secret.ts";
import { registryUrl } from "./reference.ts";

/** Name and password, or a token that is traded for another (identity token of Docker's configuration). */
export type Login = { username: string; password: Secret } | { refresh: Secret };

export type RegistryTools = {
  exchanges: Exchanges;
  clock: Clock;
  /** The caller's login for a registry, null where there is none. */
  login(registry: string): Promise<Result<Login | null>>;
  signal?: AbortSignal;
};

export type RegistryCall = {
  method: ExchangeRequest["method"];
  /** Path below /v2/REPOSITORY/, or an address that an answer gave. */
  path: string;
  headers?: Record<string, string>;
  body?: Body;
  /** Statuses that are answers to the question, not failures. */
  expected: number[];
  /** What it is for, as a person says it, e.g. "upload a blob of 3 MB". */
  action: string;
};

/** What is asked of one repository, logged in where it must be, and asked again where the answer says so. */
export type Session = {
  readonly registry: string;
  readonly repository: string;
  call(call: RegistryCall): Promise<Result<Exchange>>;
  failed(action: string, status: number | null, reason: string): Failure;
};

/** Answers that pass: the same question is asked again after a while. */
const passing = [429, 500, 502, 503, 504];

const attempts = 4;
const firstPauseMs = 500;
const longestPauseMs = 60_000;
const longestError = 64 * 1024;

export function openSession(
  registry: string,
  repository: string,
  actions: "pull" | "pull,push",
  tools: RegistryTools,
): Session {
  const { exchanges, clock, signal } = tools;
  let authorization: string | null = null;
  let granted = false;

  const failed = (action: string, status: number | null, reason: string): Failure => ({
    kind: "registry-failed",
    ...{ registry, repository, action, status, reason },
  });
  const denied = (action: string, status: number, loggedIn: boolean): Failure => ({
    kind: "registry-denied",
    ...{ registry, repository, action, status, loggedIn },
  });

  const once = async (call: RegistryCall): Promise<Result<Exchange, string>> => {
    let url = new URL(call.path, `${registryUrl(registry)}/v2/${repository}/`);
    const own = new URL(registryUrl(registry)).host;
    for (let hop = 0; hop < 6; hop++) {
      const sent = await exchanges.send({
        url: url.href,
        method: call.method,
        // A login is for the registry, not for the storage that it may point to.
        headers: {
          ...call.headers,
          ...(authorization !== null && url.host === own ? { authorization } : {}),
        },
        ...(call.body === undefined ? {} : { body: call.body }),
        ...(signal === undefined ? {} : { signal }),
      });
      if (!sent.ok) return sent;
      const { status, headers, body } = sent.value;
      const next = headers.location;
      const moved =
        [301, 302, 303, 307, 308].includes(status) && (call.method === "GET" || call.method === "HEAD");
      if (!moved || next === undefined) return sent;
      body.resume();
      const target = new URL(next, url);
      if (url.protocol === "https:" && target.protocol !== "https:")
        return fail("it leads to an address without TLS");
      url = target;
    }
    return fail("it leads from one address to the next without an end");
  };

  /** Trades what the caller has for what the registry asks for; null where it was given nothing. */
  const logIn = async (challenge: string, action: string): Promise<Result<boolean>> => {
    const login = await tools.login(registry);
    if (!login.ok) return login;
    if (/^basic/i.test(challenge)) {
      if (login.value === null || "refresh" in login.value) return ok(false);
      authorization = basic(login.value);
      return ok(true);
    }
    if (challenge === "") return ok(false);
    if (!/^bearer/i.test(challenge)) return fail(failed(action, 401, `it asks for ${challenge}`));
    const asked = parametersOf(challenge);
    const realm = asked.realm === undefined ? null : safeUrl(asked.realm);
    if (realm === null)
      return fail(failed(action, 401, `its token service is ${asked.realm ?? "not named"}`));
    // What is asked for first may be a look only; the token is for all that will be done here.
    const wanted = `repository:${repository}:${actions}`;
    const scope = actions === "pull" ? (asked.scope ?? wanted) : wanted;
    const token = await tokenFrom(realm, asked.service, scope, login.value);
    if (!token.ok) return fail(failed(action, token.failure.status, token.failure.reason));
    if (token.value === null) return ok(false);
    authorization = `Bearer ${token.value}`;
    return ok(login.value !== null);
  };

  const tokenFrom = async (
    realm: URL,
    service: string | undefined,
    scope: string,
    login: Login | null,
  ): Promise<Result<string | null, { status: number | null; reason: string }>> => {
    const query = new URLSearchParams({ ...(service === undefined ? {} : { service }), scope });
    let request: ExchangeRequest;
    if (login !== null && "refresh" in login) {
      query.set("grant_type", "refresh_token");
      query.set("client_id", "bellwether");
      query.set("refresh_token", login.refresh.reveal());
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      request = { url: realm.href, method: "POST", headers, body: { bytes: Buffer.from(query.toString()) } };
    } else {
      for (const [name, value] of query) realm.searchParams.append(name, value);
      const headers = login === null ? {} : { authorization: basic(login) };
      request = { url: realm.href, method: "GET", headers };
    }
    const sent = await exchanges.send({ ...request, ...(signal === undefined ? {} : { signal }) });
    if (!sent.ok) return fail({ status: null, reason: `its token service: ${sent.failure}` });
    const bytes = await bytesOf(sent.value, 1024 * 1024);
    const { status } = sent.value;
    if (status === 401 || status === 403) return ok(null);
    if (status !== 200 || !bytes.ok) return fail({ status, reason: "its token service gave no token" });
    const read = tokenIn(bytes.value.toString("utf8"));
    return read === null ? fail({ status, reason: "its token service gave no token" }) : ok(read);
  };

  return {
    registry,
    repository,
    failed,
    async call(call) {
      let last: Failure = failed(call.action, null, "it was not asked");
      let asked = false;
      for (let attempt = 1; attempt <= attempts; attempt++) {
        const sent = await once(call);
        if (signal?.aborted) return fail({ kind: "interrupted", by: "SIGINT" });
        if (!sent.ok) {
          last = failed(call.action, null, sent.failure);
          if (/no such host|neither http|without/.test(sent.failure)) return fail(last);
        } else {
          const { status, headers } = sent.value;
          if (call.expected.includes(status)) return ok(sent.value);
          const words = await reasonIn(sent.value);
          if (status === 401 && !asked) {
            asked = true;
            const done = await logIn(headers["www-authenticate"] ?? "", call.action);
            if (!done.ok) return done;
            granted = done.value;
            attempt -= 1;
            if (authorization === null) return fail(denied(call.action, status, false));
            continue;
          }
          if (status === 401 || status === 403) return fail(denied(call.action, status, granted));
          last = failed(call.action, status, words);
          if (!passing.includes(status)) return fail(last);
          if (attempt < attempts)
            await clock.sleep(pauseAfter(headers["retry-after"], attempt, clock.now()), signal);
          continue;
        }
        if (attempt < attempts) await clock.sleep(pauseAfter(undefined, attempt, clock.now()), signal);
      }
      return fail(last);
    },
  };
}

/** As the answer says it (RFC 9110, 10.2.3: seconds or a date), else 0.5 s, 1 s, 2 s; at most a minute. */
function pauseAfter(told: string | undefined, attempt: number, now: number): number {
  const seconds = Number(told);
  const until =
    told === undefined ? Number.NaN : Number.isNaN(seconds) ? Date.parse(told) - now : seconds * 1000;
  const pause = Number.isFinite(until) ? until : firstPauseMs * 2 ** (attempt - 1);
  return Math.min(longestPauseMs, Math.max(0, pause));
}

const basic = (login: { username: string; password: Secret }): string =>
  `Basic ${Buffer.from(`${login.username}:${login.password.reveal()}`).toString("base64")}`;

/** A token service may have the caller's password: only one behind TLS, or on this machine. */
function safeUrl(realm: string): URL | null {
  try {
    const url = new URL(realm);
    const near = url.protocol === "http:" && registryUrl(url.host).startsWith("http:");
    return url.protocol === "https:" || near ? url : null;
  } catch {
    return null;
  }
}

const parametersOf = (challenge: string): Record<string, string> =>
  Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
  );

function tokenIn(text: string): string | null {
  try {
    const { token, access_token: other } = JSON.parse(text);
    return typeof token === "string" ? token : typeof other === "string" ? other : null;
  } catch {
    return null;
  }
}

/** What the registry says (distribution-spec, error codes), as one short sentence; a token in it is hidden. */
async function reasonIn(exchange: Exchange): Promise<string> {
  const bytes = await bytesOf(exchange, longestError);
  if (!bytes.ok) return `it answered ${exchange.status}`;
  const text = bytes.value.toString("utf8");
  try {
    const [first] = JSON.parse(text).errors;
    const words = [first.code, first.message]
      .filter((part) => typeof part === "string" && part !== "")
      .join(": ");
    if (words !== "") return words.slice(0, 300).replace(/(bearer|basic) [\w.~+/=-]+/gi, `$1 ${redacted}`);
  } catch {
    // It is not of the specification's form: the status has to do.
  }
  return `it answered ${exchange.status}`;
}
