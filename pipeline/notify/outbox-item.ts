import { z } from "zod";
import type { NotifyChannel } from "../config/config.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Message } from "./message.ts";

/** A message that one channel has not got yet. Addresses and keys are in it by reference only. */
export type OutboxItem = {
  format: 1;
  /** Name of its file. */
  id: string;
  channel: NotifyChannel;
  message: Message;
  /** Tries so far, and why the last one failed. */
  attempts: number;
  lastError: string | null;
  /** Not tried again before this time (ms since the epoch). */
  nextAt: number;
};

const reference = z.looseObject({ from: z.enum(["env", "file", "command"]) });

const shape = z.object({
  format: z.literal(1),
  id: z.string().regex(/^[\w-]+$/),
  channel: z.object({
    kind: z.enum(["slack", "webhook"]),
    url: reference,
    secret: reference.nullable(),
    on: z.array(z.string()),
  }),
  message: z.object({
    id: z.string(),
    event: z.string(),
    app: z.string(),
    environment: z.string(),
    version: z.string(),
    actor: z.string(),
    reason: z.string().nullable(),
    link: z.string().nullable(),
    journal: z.string().nullable(),
    run: z.string(),
    at: z.number(),
  }),
  attempts: z.number().int().nonnegative(),
  lastError: z.string().nullable(),
  nextAt: z.number(),
});

/** Whether a file of the outbox holds a message; a failure is one sentence. */
export const checkItem = (json: unknown): Result<OutboxItem, string> =>
  // What this program wrote itself has the references of its own configuration.
  shape.safeParse(json).success ? ok(json as OutboxItem) : fail("it is no message");
