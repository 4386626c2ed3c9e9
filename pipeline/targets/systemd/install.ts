import { fail, ok, type Result } from "../../result.ts";
import type { Remote } from "../ssh/connection.ts";
import { type Change, changesIn, type Provisioning, provisionText, questions } from "./provision.ts";

const asRoot = (sudo: boolean): string[] => [...(sudo ? ["sudo", "-n"] : []), "bash", "-s"];

/** What a host lacks; nothing is changed by asking. A failure is one sentence. */
export async function lacking(
  remote: Remote,
  given: Provisioning,
  sudo: boolean,
): Promise<Result<Change[], string>> {
  const said = await remote.run(asRoot(sudo), { input: questions(given), timeoutMs: 60_000 });
  if (!said.ok) return said;
  if (said.value.exitCode !== 0) return fail(said.value.err.at(-1) ?? `it ended with ${said.value.exitCode}`);
  const { changes, refused } = changesIn(given, said.value.out);
  return refused === null ? ok(changes) : fail(refused);
}

/** Makes a host so. It is asked again afterwards: what is still lacking is a failure. */
export async function provision(
  remote: Remote,
  given: Provisioning,
  sudo: boolean,
): Promise<Result<void, string>> {
  const said = await remote.run(asRoot(sudo), { input: provisionText(given), timeoutMs: 600_000 });
  if (!said.ok) return said;
  if (said.value.exitCode !== 0 || said.value.out.at(-1) !== "done")
    return fail(said.value.err.at(-1) ?? `it ended with ${said.value.exitCode}`);
  const left = await lacking(remote, given, sudo);
  if (!left.ok) return left;
  return left.value.length === 0 ? ok(undefined) : fail(`it still would have to ${left.value.join(", ")}`);
}
