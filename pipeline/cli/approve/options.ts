import type { ApprovalRule } from "../../config/config.ts";
import { reviewersAlone } from "../../deploy/gates.ts";
import type { Failure } from "../../failure.ts";

/** How an approval is given, as it was typed. */
export type ApproveOptions = {
  /** Key to sign with. */
  key?: string;
  /** Only print what is to be signed. */
  print?: boolean;
  /** File with a printed statement: what is approved where no run waits here. */
  statement?: string;
  /** File with a signature that was made elsewhere. */
  signature?: string;
  /** Record, or directory of records, from another machine. */
  from?: string;
};

/** What makes no sense together, or without signers; null: all is well. */
export function optionsRefusal(
  options: ApproveOptions,
  rule: ApprovalRule | null,
  environment: string,
): Failure | null {
  const reviewers = reviewersAlone(rule);
  if (reviewers !== null)
    return {
      kind: "usage",
      got: `approve ${environment}, whose approvals GitHub's reviewers give`,
      expected: `a review of the waiting run, for ${reviewers} on GitHub`,
      remedy: "Open the run that waits and review its deployment there.",
    };
  const named = (["key", "print", "statement", "signature", "from"] as const).filter(
    (name) => options[name] !== undefined,
  );
  const [first] = named;
  if (first !== undefined && (rule?.signers ?? null) === null)
    return {
      kind: "usage",
      got: `--${first}, and ${environment} has no signers`,
      expected: "an environment whose approvals are signed",
      remedy: `Leave --${first} out, or write \`approval: { signers: FILE }\` for ${environment} in the config.`,
    };
  const clash = clashes.find((pair) => pair.every((name) => options[name] !== undefined));
  if (!clash) return null;
  return {
    kind: "usage",
    got: clash.map((name) => `--${name}`).join(" and "),
    expected: "one way of approving",
    remedy: `Leave one of the two out.`,
  };
}

const clashes: (keyof ApproveOptions)[][] = [
  ["print", "key"],
  ["print", "signature"],
  ["key", "signature"],
  ...(["key", "print", "statement", "signature"] as const).map((name): (keyof ApproveOptions)[] => [
    "from",
    name,
  ]),
];
