import { existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import rcompare from "semver/functions/rcompare.js";
import satisfies from "semver/functions/satisfies.js";
import { askVersion } from "../../../io/program.ts";
import { fail, ok, type Result } from "../../../result.ts";
import { findEmbedded, usableEmbedded } from "./embedded.ts";
import type { PostgresPrograms, ServerContext } from "./server-context.ts";

/** Where packages put it: Debian, Red Hat, source builds, Homebrew. The star is a version. */
const usual = [
  "/usr/lib/postgresql/*/bin",
  "/usr/pgsql-*/bin",
  "/usr/local/pgsql/bin",
  "/opt/homebrew/opt/postgresql@*/bin",
  "/usr/local/opt/postgresql@*/bin",
];

/** The PostgreSQL of the host that fits the range (the first on PATH, else the newest), else the npm package's. */
export async function findPostgres(
  context: ServerContext,
  wanted: { version: string; name: string },
): Promise<Result<PostgresPrograms>> {
  const found: PostgresPrograms[] = [];
  for (const source of ["host", "package"] as const) {
    found.push(...(await remembered(context, source)));
    const fits = found.find((one) => satisfies(one.version, wanted.version));
    if (fits) return ok(fits);
  }
  const need = { tool: "postgres", range: wanted.version, wantedBy: `service ${wanted.name}` };
  const [first] = found;
  if (!first) return fail({ kind: "tool-missing", ...need });
  return fail({ kind: "tool-too-old", ...need, got: first.version, path: join(first.bin, "postgres") });
}

/** Each look starts processes or copies files: once for all servers of a run. */
function remembered(context: ServerContext, source: "host" | "package"): Promise<PostgresPrograms[]> {
  const known = context.postgres.get(source) ?? (source === "host" ? ofHost(context) : ofPackage(context));
  context.postgres.set(source, known);
  return known;
}

async function ofHost(context: ServerContext): Promise<PostgresPrograms[]> {
  const onPath = context.path.split(delimiter).filter(Boolean).filter(isPostgres).map(realBin);
  const places = (context.places?.postgres ?? usual).flatMap(expand).filter(isPostgres).map(realBin);
  const found = await versionsOf(context, [...onPath, ...places]);
  const isFirst = ({ bin }: PostgresPrograms): boolean => onPath.includes(bin);
  const others = found.filter((one) => !isFirst(one)).sort((a, b) => rcompare(a.version, b.version));
  return [...found.filter(isFirst), ...others];
}

async function ofPackage(context: ServerContext): Promise<PostgresPrograms[]> {
  const embedded = context.places ? context.places.embedded : findEmbedded();
  if (embedded === null) return [];
  return versionsOf(context, [await usableEmbedded(embedded, context.user, context.library)]);
}

async function versionsOf(context: ServerContext, bins: string[]): Promise<PostgresPrograms[]> {
  const asked = [...new Set(bins)].map(async (bin) => {
    const answer = await askVersion(context.processes, {
      probe: [join(bin, "postgres"), "--version"],
      environment: {},
      directory: "/",
    });
    return answer.ok ? [{ bin, version: answer.value }] : [];
  });
  return (await Promise.all(asked)).flat();
}

const isPostgres = (bin: string): boolean =>
  existsSync(join(bin, "postgres")) && existsSync(join(bin, "initdb"));

/** Links to single programs are followed: PostgreSQL looks for its libraries beside the real ones. */
const realBin = (bin: string): string => dirname(realpathSync(join(bin, "postgres")));

/** The directories that a pattern with one star in one of its names stands for. */
function expand(pattern: string): string[] {
  const [before, after] = pattern.split("*");
  if (before === undefined || after === undefined) return [pattern];
  const parent = before.slice(0, before.lastIndexOf("/"));
  const start = before.slice(parent.length + 1);
  try {
    return readdirSync(parent)
      .filter((name) => name.startsWith(start))
      .map((name) => `${parent}/${name}${after}`);
  } catch {
    return [];
  }
}
