import type { Context } from "../context/context.ts";
import { isRefName } from "../context/ref.ts";
import { tagVersion } from "../context/version.ts";
import { saidReason } from "../deploy/break-glass.ts";
import { lastCompleted } from "../deploy/rollback.ts";
import { fail, ok, type Result } from "../result.ts";
import { type KnownEvent, payloads } from "./payload.ts";

/** A run as GitHub delivers it: its variables and the payload of its event. */
export type Delivered = { name: string; ref: string; sha: string; actor: string; payload: unknown };

/** A rollback that somebody asked for by hand; `to` null: the release that completed before the live one. */
export type RollbackWish = { environment: string; to: string | null; reason: string };

/** Why we run, as the calls of the pipeline are told it: the plan's context, as far as GitHub knows it. */
export type Trigger = {
  event: Context["event"];
  /** Full ref of a branch or of a pull request; null where there is a tag. */
  ref: string | null;
  tag: string | null;
  actor: string;
  /** Branch that a change goes to, or null: it is no change. */
  base: string | null;
  pullRequest: number | null;
  /** Commit that results belong to: of a pull request its head, not the merge that is tried. */
  head: string;
  /** False for the code of somebody who may not write here: no secrets, no results beyond its own log. */
  trusted: boolean;
  rollback: RollbackWish | null;
  /** Why there is nothing to do for this event, or null: there is. */
  nothing: string | null;
};

/** The context of an event; a payload that is not of its form, or names what cannot be, is refused in words. */
export function triggerOf(delivered: Delivered): Result<Trigger> {
  const { name, payload } = delivered;
  if (name === "pull_request_target")
    return invalid(
      name,
      "the event pull_request_target, which runs a stranger's code beside this repository's secrets",
      "pull_request",
    );
  if (!(name in payloads))
    return invalid(name, "an event that nothing is done for", Object.keys(payloads).join(", "));
  const event = name as KnownEvent;
  const read = payloads[event].safeParse(payload);
  if (!read.success) {
    const [issue] = read.error.issues;
    const place = issue?.path.join(".") || "its payload";
    return invalid(name, `${place}: ${issue?.message ?? "not of its form"}`, `the payload of ${name}`);
  }
  return readers[event](read.data as never, delivered);
}

type Reader<Event extends KnownEvent> = (
  payload: (typeof payloads)[Event]["_output"],
  delivered: Delivered,
) => Result<Trigger>;

const readers: { [Event in KnownEvent]: Reader<Event> } = {
  push: (payload, delivered) => {
    if (payload.deleted || /^0+$/.test(payload.after))
      return ok(nothing(delivered, `${payload.ref} was deleted`));
    if (!payload.head_commit) return ok(nothing(delivered, `${payload.ref} has no commit of its own`));
    if (!isRefName(payload.ref)) return invalid("push", `the ref ${shown(payload.ref)}`, "a ref");
    const head = payload.after;
    const tag = /^refs\/tags\/(.+)$/s.exec(payload.ref)?.[1];
    if (tag === undefined) return ok({ ...plain(delivered), event: "push", ref: payload.ref, head });
    return ok({ ...plain(delivered), event: "push", ref: null, tag, head });
  },

  pull_request: ({ action, pull_request: { number, head, base } }, delivered) => {
    const own = head.repo?.full_name === base.repo.full_name;
    // What this bot starts has a token that only reads, and no secrets.
    const trusted = own && delivered.actor !== "dependabot[bot]";
    const change = { base: base.ref, pullRequest: number, head: head.sha, trusted };
    const ref = `refs/pull/${number}/merge`;
    if (action === "closed") return ok({ ...nothing(delivered, "the pull request was closed"), ...change });
    return ok({ ...plain(delivered), ...change, event: "pull_request", ref });
  },

  merge_group: ({ action, merge_group: group }, delivered) => {
    if (action !== "checks_requested") return ok(nothing(delivered, `the merge group is ${action}`));
    const base = group.base_ref.replace(/^refs\/heads\//, "");
    return ok({
      ...plain(delivered),
      event: "pull_request",
      ref: group.head_ref,
      base,
      head: group.head_sha,
    });
  },

  release: ({ action, release: { tag_name: tag, prerelease, draft } }, delivered) => {
    if (draft || (action !== "published" && action !== "released"))
      return ok(nothing(delivered, `a release that is ${draft ? "a draft" : action} ships nothing`));
    if (!isRefName(tag) || tagVersion(tag) === null)
      return invalid("release", `the tag ${shown(tag)}`, "a semantic version such as v1.2.3");
    // A prerelease is a tag whose images are published; environments that wait for releases do not wait for it.
    const before = prerelease || (tagVersion(tag) ?? "").split("+", 1)[0]?.includes("-") === true;
    return ok({ ...plain(delivered), event: before ? "push" : "release", ref: null, tag });
  },

  workflow_dispatch: ({ inputs }, delivered) => {
    const rollback = inputs?.environment === undefined ? ok(null) : wishOf(inputs);
    return rollback.ok ? ok({ ...plain(delivered), event: "dispatch", rollback: rollback.value }) : rollback;
  },

  schedule: (_payload, delivered) => ok({ ...plain(delivered), event: "schedule" }),
};

/** What somebody typed into a form: nothing of it is trusted to be what it should be. */
function wishOf({ environment, version, reason }: Record<string, unknown>): Result<RollbackWish | null> {
  if (typeof environment !== "string" || !/^[a-z][a-z0-9-]{0,60}$/.test(environment))
    return invalid(
      "workflow_dispatch",
      `the environment ${shown(environment)}`,
      "the name of an environment",
    );
  const wanted = version === undefined || version === "" || version === lastCompleted ? null : version;
  if (wanted !== null && (typeof wanted !== "string" || tagVersion(wanted) === null || !/^\S+$/.test(wanted)))
    return invalid(
      "workflow_dispatch",
      `the version ${shown(wanted)}`,
      `a version such as 1.2.3, or "${lastCompleted}"`,
    );
  const said = typeof reason === "string" ? saidReason(reason) : null;
  if (said === null)
    return invalid("workflow_dispatch", "no reason", "what the rollback is for, in a few words");
  return ok({ environment, to: wanted, reason: said });
}

const plain = ({ ref, sha, actor }: Delivered): Trigger => ({
  event: "push",
  ref,
  ...{ tag: null, actor, base: null, pullRequest: null, head: sha },
  ...{ trusted: true, rollback: null, nothing: null },
});

const nothing = (delivered: Delivered, why: string): Trigger => ({ ...plain(delivered), nothing: why });

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 120) ?? "nothing";

const invalid = (event: string, got: string, expected: string): Result<never> =>
  fail({ kind: "event-invalid", event, got, expected });
