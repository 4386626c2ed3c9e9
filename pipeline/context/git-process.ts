import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Failure } from "../failure.ts";
import { sendSignal } from "../io/mark.ts";
import { contentOf, namelessFiles } from "../io/nameless.ts";
import { fail, ok, type Result } from "../result.ts";

/** Variables of the caller. */
export type Variables = Record<string, string | undefined>;

/** No question to git takes longer, or something is wrong with the repository. */
const limitMs = 60_000;

/** One question to git and its answer. */
export function git(directory: string, args: string[], environment: Variables): Promise<Result<string>> {
  const answer = whole(args);
  const error = whole([]);
  return new Promise((settle) => {
    const child = spawn("git", [...about(directory), ...args], {
      env: cleaned(environment),
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    // Node's own time limit would keep a program alive for its whole length where there is no git to start.
    const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
    child.stdout.on("data", answer.take);
    child.stderr.on("data", error.take);
    const end = (result: Result<string>): void => {
      clearTimeout(limit);
      settle(result);
    };
    child.on("error", () => end(fail({ kind: "git-missing" })));
    child.on("close", (code, signal) => {
      if (code === 0) return end(ok(answer.text()));
      const said = signal === null ? error.text() : `git ${args[0]} was ended by ${signal}`;
      end(fail(reasonOf(directory, said)));
    });
  });
}

/** A question to git, and what takes its answer, piece by piece. */
export type Question = { args: string[]; take(chunk: Buffer): void };

/** A question whose answer is wanted as one text. */
export function whole(args: string[]): Question & { text(): string } {
  const chunks: Buffer[] = [];
  return {
    args,
    take: (chunk) => void chunks.push(chunk),
    text: () => Buffer.concat(chunks).toString("utf8"),
  };
}

/**
 * Asks several questions (six at most) side by side; gives those that ended well. git's reason is not kept: who needs
 * it asks again. One shell starts them, because each process costs this one as much as loading a part of it, and what
 * they say goes to files without a name: a pipe would be read by streams, which are more to load than the rest.
 */
export function askTogether(
  directory: string,
  questions: Question[],
  environment: Variables,
): Promise<Set<Question>> {
  const words: string[] = [];
  const begun = questions.map(({ args }, index) => {
    const quoted = [...about(directory), ...args].map((word) => `"\${${words.push(word)}}"`);
    return `git ${quoted.join(" ")} >&${index + 3} & asked${index}=$!`;
  });
  const ended = questions.map((_question, index) => `wait $asked${index}; echo $?`);
  const files = namelessFiles(questions.length + 1);
  const [codes, ...answers] = files;
  if (codes === undefined) return askEach(directory, questions, environment);
  return new Promise((settle) => {
    const child = spawn("/bin/sh", ["-c", [...begun, ...ended].join("\n"), "sh", ...words], {
      env: cleaned(environment),
      stdio: ["ignore", codes, "ignore", ...answers],
      // A group of their own: they are ended together.
      detached: true,
      windowsHide: true,
    });
    const limit = setTimeout(() => child.pid !== undefined && sendSignal(-child.pid, "SIGKILL"), limitMs);
    let over = false;
    const end = (): void => {
      if (over) return;
      over = true;
      clearTimeout(limit);
      const lines = contentOf(codes).toString("latin1").split("\n");
      const well = questions.filter((_question, index) => lines[index] === "0");
      for (const [index, file] of answers.entries())
        if (lines[index] === "0") questions[index]?.take(contentOf(file));
      for (const file of files) closeSync(file);
      settle(new Set(well));
    };
    child.on("error", end);
    child.on("exit", end);
  });
}

/** The same with a process and pipes for each question. */
async function askEach(
  directory: string,
  questions: Question[],
  environment: Variables,
): Promise<Set<Question>> {
  const well = new Set<Question>();
  const each = questions.map(async (question) => {
    const answer = await git(directory, question.args, environment);
    if (!answer.ok) return;
    question.take(Buffer.from(answer.value));
    well.add(question);
  });
  await Promise.all(each);
  return well;
}

/** No monitor of the file system is started for a question: it would outlive us. */
const about = (directory: string): string[] => ["-C", directory, "-c", "core.fsmonitor=false"];

function reasonOf(directory: string, error: string): Failure {
  if (/not a git repository/.test(error)) return { kind: "not-a-repository", directory };
  const reason = error.split("\n", 1)[0]?.replace(/^fatal: /, "") ?? "";
  return { kind: "git-failed", directory, reason: reason === "" ? "it gave no reason" : reason };
}

const local =
  "DIR WORK_TREE INDEX_FILE COMMON_DIR OBJECT_DIRECTORY ALTERNATE_OBJECT_DIRECTORIES PREFIX NAMESPACE SHALLOW_FILE GRAFT_FILE REPLACE_REF_BASE NO_REPLACE_OBJECTS IMPLICIT_WORK_TREE INTERNAL_SUPER_PREFIX CONFIG".split(
    " ",
  );

/** Without the variables by which a hook's git points at its own repository (git rev-parse --local-env-vars). */
function cleaned(environment: Variables): Variables {
  const kept: Variables = { ...environment, LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0" };
  for (const name of local) delete kept[`GIT_${name}`];
  return kept;
}
