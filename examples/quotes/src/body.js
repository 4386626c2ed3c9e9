import { Refused } from "./refused.js";

const maxBytes = 16 * 1024;
/** Bytes that are read and dropped, so that a client which is still sending gets its answer. */
const patience = 1 << 20;

/** The body of a request; above 16 KiB it is refused with 413. */
export async function readBody(request) {
  const chunks = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else if (size > patience) break;
    }
  } catch {
    throw new Refused(400, "aborted", "the request ended before its body");
  }
  if (size > maxBytes) throw new Refused(413, "too-large", `the body is larger than ${maxBytes} bytes`);
  return Buffer.concat(chunks);
}

/** A body as JSON; refused with 400 where it is none. */
export function parseJson(body) {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new Refused(400, "invalid-json", "the body is not JSON");
  }
}
