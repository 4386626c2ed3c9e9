/** One request. `timeoutMs` bounds the whole exchange, body included. Redirects are not followed (B16). */
export type HttpRequest = {
  url: string;
  method?: "GET" | "POST" | "HEAD";
  headers?: Record<string, string>;
  body?: string;
  /** Path of a socket that leads to the host of the URL; by default it is connected to by its name. */
  socket?: string;
  timeoutMs: number;
};

/** What came back: an answer with any status, or no answer, with the reason. `ms` is the whole exchange. */
export type HttpAnswer =
  | { kind: "answer"; status: number; headers: Record<string, string>; body: string; ms: number }
  | { kind: "none"; reason: "refused" | "timeout" | "reset" | "other"; message: string; ms: number };

export interface Http {
  send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer>;
}
