import type { z } from "zod";
import type { Failure } from "../failure.ts";
import type { Clock } from "../io/clock.ts";
import { fail, ok, type Result } from "../result.ts";

/** Where a repository of GitHub is reached, and with what. */
export type GithubPlace = { apiUrl: string; owner: string; repo: string; token: string };

type Ask = {
  /** What it is for, in words, e.g. "who approved run 12". */
  what: string;
  /** As GitHub's documentation writes it, e.g. GET /repos/{owner}/{repo}/actions/runs/{run_id}. */
  route: string;
  parameters?: Record<string, unknown>;
};

/** GitHub's REST API (version 2022-11-28), as far as it is used: every answer is held against its form. */
export interface GithubApi {
  ask<T>(ask: Ask, shape: z.ZodType<T>): Promise<Result<T>>;
  /** A list over its pages, at most `most` of it. */
  list<T>(ask: Ask, item: z.ZodType<T>, most: number): Promise<Result<T[]>>;
}

export type ApiLimits = {
  /** Longest time for one answer, in ms. */
  answerMs: number;
  /** Longest time that is waited in all before asking again, in ms. */
  patienceMs: number;
};

const usual: ApiLimits = { answerMs: 20_000, patienceMs: 60_000 };

const pageSize = 100;

type Answer = { data: unknown; more: boolean };

/**
 * Asks with at most three tries. What only reads is asked again after an error of GitHub's own and after no answer;
 * what writes, only where GitHub said that it did nothing (a rate limit): it may have been done.
 */
export function githubApi(place: GithubPlace, clock: Clock, limits: ApiLimits = usual): GithubApi {
  const { owner, repo, token, apiUrl } = place;
  const quiet = () => undefined;
  const open = async () => {
    // Loading it reads the payload of the event, and throws where that is none: its edge has told so before.
    const { getOctokit } = await import("@actions/github");
    return getOctokit(token, {
      baseUrl: apiUrl,
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
  };
  let opened: ReturnType<typeof open> | null = null;

  async function answered({ what, route, parameters = {} }: Ask): Promise<Result<Answer>> {
    let patience = limits.patienceMs;
    for (let tries = 1; ; tries += 1) {
      const tried = await once(route, parameters);
      if (tried.ok) return tried;
      const { again, failure } = tried.failure;
      const wait = again?.(tries) ?? Number.POSITIVE_INFINITY;
      if (tries === 3 || wait > patience) return fail(failure(what));
      patience -= wait;
      await clock.sleep(wait);
    }
  }

  async function once(route: string, parameters: Record<string, unknown>): Promise<Result<Answer, Miss>> {
    const signal = AbortSignal.timeout(limits.answerMs);
    try {
      opened ??= open();
      const octokit = await opened;
      const { data, headers } = await octokit.request(route, {
        owner,
        repo,
        ...parameters,
        request: { signal },
      });
      return ok({ data, more: /rel="next"/.test(headers.link ?? "") });
    } catch (error) {
      return fail(missOf(error, route.startsWith("GET "), signal.aborted ? limits.answerMs : null, clock));
    }
  }

  return {
    async ask(ask, shape) {
      const found = await answered(ask);
      return found.ok ? formed(ask.what, found.value.data, shape) : found;
    },
    async list<T>(ask: Ask, item: z.ZodType<T>, most: number) {
      const all: T[] = [];
      for (let page = 1; all.length < most; page += 1) {
        const per_page = Math.min(pageSize, most);
        const found = await answered({ ...ask, parameters: { ...ask.parameters, per_page, page } });
        if (!found.ok) return found;
        const items = formed(ask.what, found.value.data, item.array());
        if (!items.ok) return items;
        all.push(...items.value);
        if (!found.value.more || items.value.length === 0) break;
      }
      return ok(all.slice(0, most));
    },
  };
}

/** Why there was no answer to use; `again` gives the ms until it may be asked again after this many tries. */
type Miss = { failure: (what: string) => Failure; again: ((tries: number) => number) | null };

type HttpError = { status: number; message: string; response?: { headers: Record<string, string> } };

function missOf(error: unknown, reads: boolean, lateMs: number | null, clock: Clock): Miss {
  const backOff = reads ? (tries: number) => 500 * 2 ** tries : null;
  if (lateMs !== null) return down(`no answer within ${lateMs} ms`, backOff);
  const { status, message, response } = error as HttpError;
  // Octokit gives 500 to what never had an answer.
  if (typeof status !== "number" || response === undefined) return down(reasonOf(error), backOff);
  const { headers } = response;
  const limited =
    status === 429 ||
    (status === 403 && (headers["retry-after"] !== undefined || headers["x-ratelimit-remaining"] === "0"));
  if (limited) return down("its rate limit is used up", () => waitOf(headers, clock));
  if (status >= 500) return down(`it answered ${status}`, backOff);
  const permission = (status === 403 && headers["x-accepted-github-permissions"]) || null;
  return {
    again: null,
    failure: (what) =>
      [401, 403, 404, 409, 422].includes(status)
        ? { kind: "github-denied", what, status, permission: permission?.replaceAll("=", ": ") ?? null }
        : { kind: "github-down", what, reason: `it answered ${status}: ${message.split("\n", 1)[0]}` },
  };
}

const down = (reason: string, again: Miss["again"]): Miss => ({
  again,
  failure: (what) => ({ kind: "github-down", what, reason }),
});

/** What never reached GitHub, without the address and whatever stands in it. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
  return code === "" ? "there was no connection" : `there was no connection (${code})`;
}

/** By Retry-After (s), else by the time at which the limit is lifted (s since the epoch). */
function waitOf(headers: Record<string, string>, clock: Clock): number {
  const after = Number(headers["retry-after"]);
  if (Number.isFinite(after)) return after * 1000;
  const reset = Number(headers["x-ratelimit-reset"]);
  return Number.isFinite(reset) ? Math.max(1000, reset * 1000 - clock.now()) : 5000;
}

function formed<T>(what: string, data: unknown, shape: z.ZodType<T>): Result<T> {
  const read = shape.safeParse(data);
  if (read.success) return ok(read.data);
  const [issue] = read.error.issues;
  const reason = `its answer is not of the form that is known: ${issue?.path.join(".") || "the top"}: ${issue?.message}`;
  return fail({ kind: "github-down", what, reason });
}
