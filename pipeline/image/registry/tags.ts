import { bytesOf } from "../../io/exchange.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Session } from "./session.ts";

/** Pages of tags that are read at most: of a thousand each. */
const mostPages = 50;

/** Every tag of a repository (distribution-spec, listing tags); a repository that is not there has none. */
export async function tagsIn(session: Session): Promise<Result<string[]>> {
  const action = "list the tags";
  const found: string[] = [];
  let path: string | undefined = "tags/list?n=1000";
  for (let page = 0; path !== undefined && page < mostPages; page++) {
    const answer = await session.call({ method: "GET", path, expected: [200, 404], action });
    if (!answer.ok) return answer;
    const { status, headers } = answer.value;
    const bytes = await bytesOf(answer.value, 16 * 1024 * 1024);
    if (status === 404) return ok(found);
    if (!bytes.ok) return fail(session.failed(action, status, bytes.failure));
    const tags = tagsOf(bytes.value.toString("utf8"));
    if (tags === null) return fail(session.failed(action, status, "its answer is no list of tags"));
    found.push(...tags);
    path = /<([^>]+)>\s*;\s*rel="?next"?/.exec(headers.link ?? "")?.[1];
  }
  return ok(found);
}

function tagsOf(text: string): string[] | null {
  try {
    const { tags } = JSON.parse(text);
    if (tags === null) return [];
    return Array.isArray(tags) && tags.every((tag) => typeof tag === "string") ? tags : null;
  } catch {
    return null;
  }
}
