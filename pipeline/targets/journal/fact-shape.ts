import { z } from "zod";

const text = z.string();
const rollout = { rollout: text };
const release = { version: text, release: text };
const known = {
  "rollout-began": z.looseObject({
    ...rollout,
    ...release,
    cause: z.enum(["deploy", "rollback"]),
    digests: z.array(text),
    stable: text.nullable(),
    strategy: text,
    actor: text,
    tool: text,
    approvals: z.array(z.looseObject({ by: text })),
  }),
  intent: z.looseObject({ ...rollout, step: text }),
  outcome: z.looseObject({ ...rollout, step: text, ok: z.boolean() }),
  committed: z.looseObject({ ...rollout, ...release }),
  "rollout-ended": z.looseObject({
    ...rollout,
    ...release,
    outcome: z.enum(["completed", "returned", "aborted", "recovery-failed"]),
    live: text.nullable(),
    reason: text,
  }),
};

const isKnown = (kind: string): kind is keyof typeof known => Object.hasOwn(known, kind);

/** Whether what an entry says has the form that decisions rely on; a kind that is not known may say anything. */
export const hasKnownForm = (fact: { kind: string }): boolean =>
  !isKnown(fact.kind) || known[fact.kind].safeParse(fact).success;
