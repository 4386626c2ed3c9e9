import { z } from "zod";
import { digestOf } from "../canonical.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Release } from "./release.ts";

const releaseShape = z.looseObject({ format: z.literal(1), id: z.string(), version: z.string() });

/** A release is what its id says: one changed value, and it is another release. */
export function releaseCheck(json: unknown): Result<Release, string> {
  const parsed = releaseShape.safeParse(json);
  if (!parsed.success) return fail("it is not a release");
  const { id, ...body } = parsed.data;
  return digestOf(body) === id ? ok(json as Release) : fail("its content does not fit its id");
}
