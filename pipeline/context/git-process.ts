import { spawn } from "node:child_process";
import type { Failure } from "../failure.ts";
import { fail, ok, type Result } from "../result.ts";

/** Variables of the caller. */
export type Variables = Record<string, string | undefined>;

/** No question to git takes longer, or something is wrong with the repository. */
const limitMs = 60_000;

/** One question to git and its answer. */
export async function git(
  directory: string,
  args: string[],
  environment: Variables,
): Promise<Result<string>> {
  const chunks: Buffer[] = [];
  const end = await ask(directory, args, environment, (chunk) => chunks.push(chunk));
  if (end === "missing") return fail({ kind: "git-missing" });
  if (end.code === 0) return ok(Buffer.concat(chunks).toString("utf8"));
  return fail(reasonOf(directory, end.error));
}

function reasonOf(directory: string, error: string): Failure {
  if (/not a git repository/.test(error)) return { kind: "not-a-repository", directory };
  const reason = error.split("\n", 1)[0]?.replace(/^fatal: /, "") ?? "";
  return { kind: "git-failed", directory, reason: reason === "" ? "it gave no reason" : reason };
}

/** How a question ended; "missing": there is no git. */
export type End = "missing" | { code: number | null; error: string };

/** One question to git, whose answer is taken in pieces. */
export function ask(
  directory: string,
  args: string[],
  environment: Variables,
  take: (chunk: Buffer) => void,
): Promise<End> {
  return new Promise((settle) => {
    // No monitor of the file system is started for a question: it would outlive us.
    const child = spawn("git", ["-C", directory, "-c", "core.fsmonitor=false", ...args], {
      env: cleaned(environment),
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    // Node's own time limit would keep a program alive for its whole length where there is no git to start.
    const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
    let error = "";
    child.stdout.on("data", take);
    child.stderr.on("data", (chunk: Buffer) => {
      error += chunk.toString("utf8");
    });
    child.on("error", () => {
      clearTimeout(limit);
      settle("missing");
    });
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      settle({ code, error: signal === null ? error : `git ${args[0]} was ended by ${signal}` });
    });
  });
}

/** Without the variables by which a hook's git points at its own repository (git rev-parse --local-env-vars). */
function cleaned(environment: Variables): Variables {
  const local =
    /^GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|PREFIX|NAMESPACE|SHALLOW_FILE|GRAFT_FILE|REPLACE_REF_BASE|NO_REPLACE_OBJECTS|IMPLICIT_WORK_TREE|INTERNAL_SUPER_PREFIX|CONFIG)$/;
  const kept = Object.entries(environment).filter(([name]) => !local.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" };
}
