import { z } from "zod";
import { fail, ok, type Result } from "../result.ts";
import type { Pins } from "./pins.ts";

const digests = z.record(z.string(), z.string().regex(/^sha256:[0-9a-f]{64}$/));

const schema = z.strictObject({
  format: z.literal(1),
  /** Of what images stand on. */
  bases: digests,
  /** Of what containers run: toolchains, services, the tools beside them. */
  containers: digests.optional(),
});

/** Reads the JSON of the file; a failure is what is wrong with it, as a part of a sentence. */
export function checkPins(json: unknown): Result<Pins, string> {
  const checked = schema.safeParse(json);
  if (!checked.success) return fail(checked.error.issues[0]?.message ?? "it has another form");
  const { bases, containers = {} } = checked.data;
  return ok({ bases, containers });
}
