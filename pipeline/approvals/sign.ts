import { fail, ok, type Result } from "../result.ts";
import { signCommand } from "./commands.ts";
import type { SigningKey } from "./key.ts";
import { type KeygenEnd, type KeygenTools, keygen, readIn, withDirectory, writeIn } from "./keygen.ts";

/** The signature of a text, in ssh-keygen's armour. The private key is read by ssh-keygen or used by the agent. */
export function sign(tools: KeygenTools, key: SigningKey, text: string): Promise<Result<string>> {
  return withDirectory(tools, async (directory) => {
    const name = key.kind === "file" ? key.path : "the key of git's user.signingkey";
    const path = key.kind === "file" ? key.path : await writeIn(directory, "key.pub", `${key.publicKey}\n`);
    const file = await writeIn(directory, "statement", text);
    const ended = await keygen(tools, signCommand(path, file), directory);
    if (!ended.ok) return ended;
    const signature = ended.value.end === "good" ? await readIn(directory, "statement.sig") : null;
    if (signature !== null) return ok(signature);
    return fail({
      kind: "signing-failed",
      key: name,
      reason: reasonOf(ended.value),
      remedy: `A key with a passphrase is used through the agent: run \`ssh-add${key.kind === "file" ? ` ${key.path}` : ""}\` first; or name another key with \`--key FILE\`.`,
    });
  });
}

/** The last thing it said, without the question that nobody was there to answer. */
function reasonOf({ end, err }: KeygenEnd): string {
  if (end === "late") return "nobody confirmed it in time";
  const said = err.findLast((line) => line.trim() !== "") ?? "ssh-keygen gave no reason";
  return said.replace(/^Enter passphrase[^:]*: /, "").trim();
}
