import { z } from "zod";

/** The parts of GitHub's event payloads that are used here, by the event's name. */
export const payloads = {
  push: z.object({
    ref: z.string(),
    after: z.string(),
    deleted: z.boolean().default(false),
    head_commit: z.object({ id: z.string() }).nullish(),
  }),
  pull_request: z.object({
    action: z.string(),
    pull_request: z.object({
      number: z.number().int().positive(),
      head: z.object({ sha: z.string(), repo: z.object({ full_name: z.string() }).nullish() }),
      base: z.object({ ref: z.string(), repo: z.object({ full_name: z.string() }) }),
    }),
  }),
  merge_group: z.object({
    action: z.string(),
    merge_group: z.object({ head_sha: z.string(), head_ref: z.string(), base_ref: z.string() }),
  }),
  release: z.object({
    action: z.string(),
    release: z.object({ tag_name: z.string(), prerelease: z.boolean(), draft: z.boolean().default(false) }),
  }),
  workflow_dispatch: z.object({
    ref: z.string(),
    inputs: z.record(z.string(), z.unknown()).nullish(),
  }),
  schedule: z.object({ schedule: z.string().optional() }),
};

export type KnownEvent = keyof typeof payloads;
