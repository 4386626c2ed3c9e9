import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type SignerKey, signerKey, signerOf } from "../../image/about/signatures.ts";
import { parseReference } from "../../image/registry/reference.ts";
import { openSession, type Session } from "../../image/registry/session.ts";
import { signaturesOf } from "../../image/registry/signatures.ts";
import { isMissing } from "../../io/files.ts";
import { inTemporary } from "../../io/temporary.ts";
import { fail, ok, type Result } from "../../result.ts";
import { withRegistry } from "./registry.ts";
import type { ImageWork } from "./work.ts";

/** Public keys by their files below the root. */
export async function signerKeys(root: string, files: readonly string[]): Promise<Result<SignerKey[]>> {
  const keys: SignerKey[] = [];
  for (const file of files) {
    const text = await readFile(resolve(root, file), "utf8").catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
    const key = text === null ? null : signerKey(file, text);
    if (key === null)
      return fail({
        kind: "file-corrupt",
        file,
        what: "public key",
        reason:
          text === null ? "there is no such file" : "it is no public key of ECDSA, RSA or Ed25519 in PEM",
        remedy: "Name the public half of the key that signs, e.g. cosign.pub (`cosign public-key`).",
      });
    keys.push(key);
  }
  return ok(keys);
}

/** How often an image was signed, and by which of the keys. */
export type Signers = { signatures: number; by: string[] };

export async function signersOf(
  session: Session,
  digest: string,
  scratch: string,
  keys: readonly SignerKey[],
): Promise<Result<Signers>> {
  const found = await signaturesOf(session, digest, scratch);
  if (!found.ok) return found;
  const by = found.value.flatMap((one) => signerOf(one, keys, digest) ?? []);
  return ok({ signatures: found.value.length, by: [...new Set(by)] });
}

/** Why an image may not be taken for one that the owner of these keys has signed, or null. */
export const unsigned = ({ signatures, by }: Signers, keys: readonly SignerKey[]): string | null => {
  if (by.length > 0) return null;
  if (signatures === 0) return "nobody signed it";
  return `it has ${signatures === 1 ? "a signature" : `${signatures} signatures`}, but none of this digest by ${keys.map(({ file }) => file).join(" or ")}`;
};

/** The same of a published image of the configuration, at a digest. */
export async function whyUnsigned(
  work: ImageWork,
  image: string,
  digest: string,
  files: readonly string[],
): Promise<Result<string | null>> {
  const keys = await signerKeys(work.root, files);
  if (!keys.ok) return keys;
  const reference = parseReference(work.config.images[image]?.repository ?? "");
  if (reference === null) return ok("its repository is in no registry");
  return inTemporary(work.desk.processes, "bellwether-signed-", (scratch) =>
    withRegistry(work, async (tools) => {
      const session = openSession(reference.registry, reference.repository, "pull", tools);
      const signers = await signersOf(session, digest, scratch, keys.value);
      return signers.ok ? ok(unsigned(signers.value, keys.value)) : signers;
    }),
  );
}
