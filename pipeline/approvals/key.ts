import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { git } from "../context/git-process.ts";
import { fail, ok, type Result } from "../result.ts";

/** A key to sign with: a file (private, or public with the private half in the agent), or a public key as text. */
export type SigningKey = { kind: "file"; path: string } | { kind: "text"; publicKey: string };

export type KeyQuestion = {
  /** Absolute path of a file that was named, or null. */
  named: string | null;
  /** The checkout, whose git configuration may name a key. */
  root: string;
  variables: Record<string, string | undefined>;
};

/** The key that was named; else git's user.signingkey where it is an SSH key; else ~/.ssh/id_ed25519. */
export async function chooseKey({ named, root, variables }: KeyQuestion): Promise<Result<SigningKey>> {
  if (named !== null) {
    if (await isThere(named)) return ok({ kind: "file", path: named });
    return missing(named, "there is no such file");
  }
  const configured = await git(root, ["config", "--type=path", "--get", "user.signingkey"], variables);
  const found = configured.ok ? await keyIn(configured.value.trim(), root) : null;
  if (found) return ok(found);
  const usual = join(variables.HOME ?? homedir(), ".ssh", "id_ed25519");
  for (const path of [usual, `${usual}.pub`]) if (await isThere(path)) return ok({ kind: "file", path });
  return missing(usual, "it is not there, and git's user.signingkey names no SSH key");
}

/** The value of user.signingkey: a key as text, or a file; a GPG key's id is neither. */
async function keyIn(value: string, root: string): Promise<SigningKey | null> {
  const text = /^(?:key::)?((?:sk-)?(?:ssh|ecdsa)-\S+ \S.*)$/.exec(value)?.[1];
  if (text !== undefined) return { kind: "text", publicKey: text };
  if (value === "") return null;
  const path = isAbsolute(value) ? value : join(root, value);
  return (await isThere(path)) ? { kind: "file", path } : null;
}

const missing = (key: string, reason: string) =>
  fail({
    kind: "signing-failed" as const,
    key,
    reason,
    remedy:
      "Name your key with `--key FILE`, or have it signed elsewhere: `--print`, then `--signature FILE`.",
  });

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
