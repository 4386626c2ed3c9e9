import { confirm, isCancel } from "@clack/prompts";

/** Asks the person at the terminal; false for no, null when the question was cancelled. */
export async function askApproval(
  question: { environment: string; version: string; digests: string[] },
  signal: AbortSignal,
): Promise<boolean | null> {
  const digests = question.digests.map((digest) => digest.slice(0, 19)).join(", ");
  const answer = await confirm({
    message: `Release ${question.version} (${digests}…) to ${question.environment}?`,
    initialValue: false,
    signal,
  });
  return isCancel(answer) ? null : answer;
}
