import { fail, ok, type Result } from "../result.ts";
import type { Secret } from "../secret.ts";
import type { Session } from "./engine-session.ts";
import type { Release } from "./release.ts";
import type { Observation } from "./target.ts";

/**
 * The values that a release is placed with. The rule of a way back (B11): it runs with the secrets that were placed
 * with its release, whatever was rotated since; only where they are gone with its files, with those of today, and
 * that is noted.
 */
export async function secretsFor(
  session: Session,
  release: Release,
  cause: "deploy" | "rollback",
  seen: Observation,
): Promise<Result<Record<string, Secret>>> {
  const { secrets, resolve } = session;
  if (cause === "rollback" && seen.releases[release.id]?.placed) return ok(secrets);
  const missing = release.secrets.filter((name) => !secrets[name]);
  const found = missing.length > 0 ? await resolve?.(missing) : undefined;
  if (found && !found.ok) return found;
  const all = { ...secrets, ...found?.value };
  const unresolved = missing.find((name) => !all[name]);
  if (unresolved !== undefined) {
    const reason = "no value was given";
    return fail({ kind: "secret-unresolved", name: unresolved, source: "caller", reason });
  }
  if (cause === "rollback" && release.secrets.length > 0) {
    const names = release.secrets.join(", ");
    session.notes.push(
      `the secrets placed with ${release.version} are gone: those of today are used (${names})`,
    );
  }
  return ok(all);
}
