import { sha256 } from "../canonical.ts";
import type { Finding } from "../evidence.ts";

/** A finding without its mark. */
export type Unmarked = Omit<Finding, "fingerprint">;

/**
 * Gives each finding a mark that stays the same when lines above it move: a digest of tool, rule, path, and what is
 * said there without its numbers; equal ones are numbered in their order. A secret is no part of it: the excerpt of
 * one is masked, and so is what is said of it.
 */
export function marked(findings: Unmarked[]): Finding[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const { tool, rule, path, message, dependency } = finding;
    const said = message.replace(/\d+/g, "0");
    const of = JSON.stringify([tool, rule, path, said, dependency?.name ?? null]);
    const count = seen.get(of) ?? 0;
    seen.set(of, count + 1);
    return { ...finding, fingerprint: sha256(`${of}#${count}`) };
  });
}
