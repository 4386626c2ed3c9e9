/** What came of asking one thing: it is well, or why not in one sentence. How long it took is measured outside. */
export type Sounding = { ok: true } | { ok: false; reason: string };

export const well: Sounding = { ok: true };

export const ill = (reason: string): Sounding => ({ ok: false, reason });

/** Why a connection failed, for people: "connection refused", "no such host". */
export function connectionReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return reasons[code] ?? (error instanceof Error && error.message !== "" ? error.message : "no connection");
}

const reasons: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was reset",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the host's name cannot be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ETIMEDOUT: "the connection timed out",
};
