import { at, filesBelow } from "../repository.ts";
import type { Surroundings } from "./surroundings.ts";

/** What `cargo sqlx prepare` writes, today's form and the one before 0.7. */
const prepared = /(^|\/)(\.sqlx\/query-\w+\.json|sqlx-data\.json)$/;

const checked = /\bquery(_as|_scalar|_file|_file_as|_file_scalar)?(_unchecked)?!\s*[({]/;

/**
 * In front of every command that compiles: sqlx's macros ask the database of DATABASE_URL, where there is one, for
 * each query, and a fresh one has no tables. What is prepared beside the sources says the same.
 */
export function sqlxOf({ repository, directory, say }: Surroundings): string {
  const files = filesBelow(repository, directory);
  if (files.some((path) => prepared.test(path))) return "SQLX_OFFLINE=true ";
  const first = files.find(
    (path) => path.endsWith(".rs") && checked.test(repository.text(at(directory, path)) ?? ""),
  );
  if (first !== undefined && usesSqlx(files, (path) => repository.text(at(directory, path)) ?? ""))
    say({
      kind: "unknown",
      what: `which database sqlx checks its queries against as it compiles (${at(directory, first)}): none are prepared`,
      remedy:
        "commit what `cargo sqlx prepare` writes (.sqlx), and init asks no database; without it clippy, tests and builds fail where none has the tables",
    });
  return "";
}

const usesSqlx = (files: string[], text: (path: string) => string): boolean =>
  files.some((path) => /(^|\/)Cargo\.toml$/.test(path) && /^\s*\[?[\w."-]*\bsqlx\b/m.test(text(path)));

/** The first program that applies migrations by itself, from its sources; null where none is seen to. */
export function migratesItself({ repository, directory }: Surroundings): string | null {
  return (
    filesBelow(repository, directory).find(
      (path) =>
        /(^|\/)src\/.*\.rs$/.test(path) &&
        /\bsqlx::migrate!|\bembed_migrations!/.test(repository.text(at(directory, path)) ?? ""),
    ) ?? null
  );
}
