import { z } from "zod";
import { fail, ok, type Result } from "../result.ts";
import type { OutboxItem } from "./outbox.ts";

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
