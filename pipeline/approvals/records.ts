import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { digestOf } from "../canonical.ts";
import { isMissing, readJsonFile, writeFileAtomic } from "../io/files.ts";
import { fail, ok, type Result } from "../result.ts";
import { statementShape } from "./statement.ts";

const approvable = {
  format: z.literal(1),
  app: z.string(),
  environment: z.string(),
  version: z.string(),
  digests: z.array(z.string()).min(1),
};

const unsigned = z.strictObject({
  ...approvable,
  by: z.string(),
  at: z.number(),
  expiresAt: z.number(),
  how: z.enum(["prompt", "recorded"]),
});

/** It does not say who signed: that is what the allowed-signers file gives for the key. */
const signed = z.strictObject({
  format: z.literal(1),
  how: z.literal("signed"),
  statement: statementShape,
  /** As ssh-keygen writes it, in its armour. */
  signature: z.string(),
  at: z.number(),
});

const approvalShape = z.discriminatedUnion("how", [unsigned, signed]);

/** An approval as it is kept: nothing in it counts before it was looked at (see `approvalsIn`). */
export type ApprovalRecord = z.infer<typeof approvalShape>;

/** A record and where it stands. */
export type Stored = { file: string; record: ApprovalRecord };

const waitingShape = z.strictObject({
  ...approvable,
  requestedBy: z.string(),
  requesters: z.array(z.string()),
  at: z.number(),
  expiresAt: z.number(),
});

/**
 * A release that a run has brought to the gate: what approvers are asked to consent to, until it expires.
 * `requesters` are all names of whoever asked.
 */
export type Waiting = z.infer<typeof waitingShape>;

/**
 * One environment's approvals, in the tool's state: a file each, so that two approvers never write over each
 * other and a record can be carried to another machine. One that cannot be read is a failure and never counts.
 */
export class ApprovalRecords {
  readonly #directory: string;

  constructor(state: string, environment: string) {
    this.#directory = join(state, "approvals", environment);
  }

  /** Everything that was handed in here, whether it counts or not. */
  all(): Promise<Result<Stored[]>> {
    return readRecords(this.#directory);
  }

  /** Keeps a record; the same one twice is one file. Gives its path. */
  async add(record: ApprovalRecord): Promise<string> {
    const { at: _at, ...said } = record;
    const file = join(this.#directory, `approval-${digestOf(said).slice(0, 16)}.json`);
    await writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`);
    return file;
  }

  /** What waits, oldest first. */
  async waiting(): Promise<Result<Waiting[]>> {
    const found: Waiting[] = [];
    for (const name of await namesIn(this.#directory, "waiting-")) {
      const read = await readRecord(join(this.#directory, name), waitingShape, "approval request");
      if (!read.ok) return read;
      if (read.value !== null) found.push(read.value);
    }
    return ok(found.sort((a, b) => a.at - b.at));
  }

  async await(waiting: Waiting): Promise<void> {
    await writeFileAtomic(this.#waitingFile(waiting.version), `${JSON.stringify(waiting, null, 2)}\n`);
  }

  /** The version does not wait any more: it went on. */
  async settle(version: string): Promise<void> {
    await rm(this.#waitingFile(version), { force: true });
  }

  /** The version does not wait any more: nobody approved it in time. What was asked stays as a record (B29). */
  async expire({ version, at }: Waiting): Promise<void> {
    const file = join(this.#directory, `expired-${digestOf([version, at]).slice(0, 16)}.json`);
    await rename(this.#waitingFile(version), file);
  }

  #waitingFile(version: string): string {
    return join(this.#directory, `waiting-${digestOf(version).slice(0, 16)}.json`);
  }
}

/** The records in a directory, or in one file, which may hold a list of them: what came from another machine. */
export async function readRecords(path: string): Promise<Result<Stored[]>> {
  const files = (await isFile(path))
    ? [path]
    : (await namesIn(path, "approval-")).map((name) => join(path, name));
  const records: Stored[] = [];
  for (const file of files) {
    const read = await readRecord(file, approvalShape.or(z.array(approvalShape)), "approval");
    if (!read.ok) return read;
    const found = [read.value ?? []].flat();
    records.push(...found.map((record) => ({ file: basename(file), record })));
  }
  return ok(records);
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

async function namesIn(directory: string, prefix: string): Promise<string[]> {
  try {
    const names = await readdir(directory);
    return names.filter((name) => name.startsWith(prefix) && name.endsWith(".json")).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

const readRecord = <T>(file: string, shape: z.ZodType<T>, what: string): Promise<Result<T | null>> =>
  readJsonFile(
    file,
    (json) => {
      const parsed = shape.safeParse(json);
      return parsed.success ? ok(parsed.data) : fail(z.prettifyError(parsed.error));
    },
    { what, remedy: `remove ${file} and have the release approved again` },
  );
