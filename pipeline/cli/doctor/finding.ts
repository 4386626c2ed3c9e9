import type { Failure } from "../../failure.ts";
import type { Finding } from "../../report/doctor-view.ts";
import { explain } from "../../report/failure.ts";

export const okay = (room: string, what: string, detail: string): Finding => ({
  room,
  what,
  state: "ok",
  detail,
  remedy: null,
});

export const warning = (room: string, what: string, detail: string, remedy: string): Finding => ({
  room,
  what,
  state: "warning",
  detail,
  remedy,
});

export const problem = (room: string, what: string, detail: string, remedy: string): Finding => ({
  room,
  what,
  state: "problem",
  detail,
  remedy,
});

/** A failure as a finding, in its own words. */
export function failed(
  room: string,
  what: string,
  failure: Failure,
  state: "warning" | "problem" = "problem",
): Finding {
  const words = explain(failure);
  return { room, what, state, detail: words.what, remedy: words.next };
}
