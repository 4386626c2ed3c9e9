import { z } from "zod";
import { keyed, limit, text, wholeNumber } from "./schema-parts.ts";

const yesOrNo = z.boolean({ error: "true or false" });

/** Who must agree before a release goes to an environment. */
export const approval = z.union(
  [
    z.enum(["none"], { error: "none" }),
    keyed({
      required: wholeNumber(1, 20)
        .optional()
        .describe("Number of approvals, each by another person. Default: 1."),
      "four-eyes": yesOrNo
        .optional()
        .describe(
          "Whether an approval by whoever asked for the release, or wrote its commit, is refused. Default: true, but on the local target false.",
        ),
      expires: limit
        .optional()
        .describe("How long a release waits, and its approvals are good for. Default: 24h."),
      github: text
        .optional()
        .describe(
          "Environment of GitHub whose required reviewers approve, where this runs in a workflow; then nothing counts that is only recorded. Default: the environment of the same name, or nobody's where there are signers.",
        ),
      signers: text
        .optional()
        .describe(
          "Allowed-signers file (ssh-keygen), relative to the root: approvals are signed with SSH keys in it. Default: none, approvals are recorded without a signature.",
        ),
    }),
  ],
  { error: "a map such as { required: 1 }, or none" },
);

export type WrittenApproval = z.input<typeof approval>;
