/** One complete answer off the wire; `rest` is what came after it. */
export type Answer = { status: number; body: string; closes: boolean; rest: string };

/**
 * Reads one HTTP/1.1 answer from the beginning of `text` (latin1), or null while it is incomplete. It knows
 * what answers to GET and POST need: Content-Length and chunked bodies (RFC 9112, 6.3).
 */
export function readAnswer(text: string): Answer | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const head = text.slice(0, end);
  const status = Number(head.slice(9, 12));
  const closes = /\r\nconnection: *close/i.test(head);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const bodyEnd = end + 4 + Number(length);
    if (text.length < bodyEnd) return null;
    return { status, closes, body: text.slice(end + 4, bodyEnd), rest: text.slice(bodyEnd) };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head))
    return { status, closes, body: "", rest: text.slice(end + 4) };
  const chunks = readChunks(text, end + 4);
  return chunks && { status, closes, ...chunks };
}

function readChunks(text: string, from: number): { body: string; rest: string } | null {
  let body = "";
  for (let at = from; ; ) {
    const line = text.indexOf("\r\n", at);
    if (line < 0) return null;
    const size = Number.parseInt(text.slice(at, line), 16);
    const next = line + 2 + size + 2;
    if (text.length < next) return null;
    if (size === 0) return { body, rest: text.slice(next) };
    body += text.slice(line + 2, line + 2 + size);
    at = next;
  }
}
