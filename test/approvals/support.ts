import { chmod, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { ApprovalRule } from "../../pipeline/config/config.ts";
import { removeTree } from "../../pipeline/io/files.ts";
import type { ChildSpec, Processes } from "../../pipeline/io/process.ts";
import { ok } from "../../pipeline/result.ts";

/** What the stand-in of ssh-keygen answers to an action: its exit code and lines; `late`: it does not end. */
export type Answer = { code?: number; out?: string[]; err?: string[]; late?: boolean };

/** One call: the action, its arguments with the directory taken off, and what it was given. */
export type Call = {
  directory: string;
  argv: string[];
  input: string | undefined;
  environment: Record<string, string>;
};

/** A directory with a program called ssh-keygen, whose answers are given; nothing is really run. */
export type Keygen = {
  directory: string;
  calls: Call[];
  tools: { processes: Processes; variables: Record<string, string> };
  close(): Promise<void>;
};

export async function fakeKeygen(answers: Record<string, Answer>): Promise<Keygen> {
  const directory = await mkdtemp(join(tmpdir(), "bellwether-keygen-"));
  const program = join(directory, "ssh-keygen");
  await writeFile(program, "");
  await chmod(program, 0o755);
  const calls: Call[] = [];
  const processes: Processes = {
    start: () => Promise.reject(new Error("nothing is started here")),
    run: async (spec: ChildSpec) => {
      const { code = 0, out = [], err = [], late = false } = answers[spec.argv[2] ?? ""] ?? {};
      const argv = spec.argv.map((part) => part.replace(`${spec.directory}/`, ""));
      calls.push({ directory: spec.directory, argv, input: spec.input, environment: spec.environment });
      if (spec.argv[2] === "sign" && code === 0 && !late) {
        const file = join(spec.directory, basename(spec.argv.at(-1) ?? ""));
        await writeFile(`${file}.sig`, `signed ${await readFile(file, "utf8")}`);
      }
      for (const line of out) spec.output("out", line);
      for (const line of err) spec.output("err", line);
      return ok({ exitCode: late ? null : code, signal: null, timedOut: late, ms: 1 });
    },
    discard: () => {},
    close: async () => {},
  };
  return {
    directory,
    calls,
    tools: {
      processes,
      variables: { PATH: directory, HOME: directory, DISPLAY: ":0", SSH_AUTH_SOCK: "/agent" },
    },
    close: () => removeTree(directory),
  };
}

export const rule = (changes: Partial<ApprovalRule> = {}): ApprovalRule => ({
  required: 1,
  fourEyes: true,
  expiresMs: 3_600_000,
  signers: "signers",
  github: null,
  recorded: changes.signers === null,
  ...changes,
});
