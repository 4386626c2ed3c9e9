import { fail, ok, type Result } from "../result.ts";
import type { Context } from "./context.ts";

/** What a run needs to know of the checkout; `head` is HEAD's commit, or null before the first one. */
export type Checkout = { directory: string; head: string | null };

/** A run works on the files that are checked out, so its ref must exist and be HEAD. */
export function requireRunnable(context: Context, { directory, head }: Checkout): Result<Context> {
  if (head === null) return fail({ kind: "no-commits", directory });
  if (context.sha === null) return fail({ kind: "ref-unknown", ref: context.ref });
  if (context.sha !== head) return fail({ kind: "ref-not-head", ref: context.ref, sha: context.sha, head });
  return ok(context);
}
