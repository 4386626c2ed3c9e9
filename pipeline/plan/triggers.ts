import picomatch from "picomatch";
import type { Config, Environment, Trigger } from "../config/config.ts";
import type { Context } from "../context/context.ts";

/** Whether something is done in this context, and why or why not, for a person. */
export type Due = { due: boolean; reason: string };

export const imageBranches = ["main", "develop"];

/** Images are built on main, develop, the branches that environments name, tags and releases; nowhere else. */
export function imageDue(config: Config, context: Context): Due {
  if (Object.keys(config.images).length === 0) return no("not configured");
  if (context.event === "pull_request") return no("a pull request is only checked");
  if (context.event === "release") return yes(`release ${context.tag ?? context.version} ships images`);
  if (context.tag !== null) return yes(`tag ${context.tag} ships images`);
  const branches = [
    ...imageBranches,
    ...Object.values(config.environments).flatMap(({ on }) => (on.kind === "branch" ? on.branches : [])),
  ];
  const listed = list([...new Set(branches)]);
  if (context.branch === null)
    return no(`a detached head is only checked; images come from ${listed}, tags and releases`);
  return matches(context.branch, branches)
    ? yes(`branch ${context.branch} ships images`)
    : no(`branch ${context.branch} is only checked; images come from ${listed}, tags and releases`);
}

/** An environment by its trigger; `asked` is true where the stage was named, which a local run needs. */
export function environmentDue(environment: Environment, context: Context, asked: boolean): Due {
  const { name, on } = environment;
  if (context.event === "pull_request") return no("a pull request is only checked");
  if (context.event === "schedule") return no("a run by schedule deploys nothing");
  if (on.kind === "manual") return no(`by hand only: bellwether deploy ${name}`);
  const cause = causeOf(on, context);
  if (cause === null) return no(`runs on ${triggerWords(on)}`);
  if (context.event !== "local") return yes(cause);
  return asked
    ? yes("asked for by name")
    : no(`a local run ends before its environments; bellwether run ${name} goes on`);
}

/** The trigger as words, e.g. "a push to develop". */
function triggerWords(on: Trigger): string {
  switch (on.kind) {
    case "branch":
      return `a push to ${list(on.branches)}`;
    case "tag":
      return `a tag that matches ${list(on.tags)}`;
    case "release":
      return "a published release";
    case "manual":
      return "request only";
  }
}

/** Whether the context is what the trigger waits for. */
export const triggersOn = (on: Trigger, context: Context): boolean => causeOf(on, context) !== null;

function causeOf(on: Trigger, context: Context): string | null {
  const { event, branch, tag } = context;
  const pushed = event !== "release";
  if (on.kind === "branch" && pushed && tag === null && branch !== null && matches(branch, on.branches))
    return `a push to ${branch}`;
  if (on.kind === "tag" && pushed && tag !== null && matches(tag, on.tags)) return `tag ${tag}`;
  // A laptop knows no release event: there the checked-out tag stands for it.
  if (on.kind === "release" && tag !== null && (event === "release" || event === "local"))
    return `release ${tag} was published`;
  return null;
}

const matches = (name: string, patterns: string[]): boolean => picomatch.isMatch(name, patterns);

const yes = (reason: string): Due => ({ due: true, reason });

const no = (reason: string): Due => ({ due: false, reason });

const list = (names: string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
