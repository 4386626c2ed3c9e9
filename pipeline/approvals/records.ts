import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { digestOf } from "../canonical.ts";
import type { Approval } from "../deploy/gates.ts";
import { isMissing, readJsonFile, writeFileAtomic } from "../io/files.ts";
import { fail, ok, type Result } from "../result.ts";

const approvable = {
  format: z.literal(1),
  app: z.string(),
  environment: z.string(),
  version: z.string(),
  digests: z.array(z.string()).min(1),
};

const approvalShape = z.strictObject({
  ...approvable,
  by: z.string(),
  at: z.number(),
  expiresAt: z.number(),
  how: z.enum(["prompt", "recorded"]),
});

const waitingShape = z.strictObject({ ...approvable, requestedBy: z.string(), at: z.number() });

/** A release that a run has brought to the gate: what an approver is asked to consent to. */
export type Waiting = z.infer<typeof waitingShape>;

/**
 * One environment's approvals, in the tool's state: a file each, so that two approvers never write over each
 * other. A record that cannot be read is a failure and never counts.
 */
export class ApprovalRecords {
  readonly #directory: string;

  constructor(state: string, environment: string) {
    this.#directory = join(state, "approvals", environment);
  }

  /** Everything that was approved here, whether it is still in force or not. */
  async all(): Promise<Result<Approval[]>> {
    const names = await this.#names("approval-");
    const records: Approval[] = [];
    for (const name of names) {
      const read = await readRecord(join(this.#directory, name), approvalShape, "approval");
      if (!read.ok) return read;
      if (read.value !== null) records.push(read.value);
    }
    return ok(records);
  }

  async add(approval: Approval): Promise<void> {
    const file = join(this.#directory, `approval-${digestOf(approval).slice(0, 16)}.json`);
    await writeFileAtomic(file, `${JSON.stringify(approval, null, 2)}\n`);
  }

  /** What waits, oldest first. */
  async waiting(): Promise<Result<Waiting[]>> {
    const found: Waiting[] = [];
    for (const name of await this.#names("waiting-")) {
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

  #waitingFile(version: string): string {
    return join(this.#directory, `waiting-${digestOf(version).slice(0, 16)}.json`);
  }

  async #names(prefix: string): Promise<string[]> {
    try {
      const names = await readdir(this.#directory);
      return names.filter((name) => name.startsWith(prefix) && name.endsWith(".json")).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
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
