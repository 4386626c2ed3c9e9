import { createPublicKey, type KeyObject, verify } from "node:crypto";

/** Annotation of a layer that holds the signature of its bytes, in base64 (cosign, "Signature Specification"). */
export const signatureAnnotation = "dev.cosignproject.cosign/signature";

/** Media type of what is signed: a JSON text that names the image's digest ("simple signing"). */
export const payloadType = "application/vnd.dev.cosign.simplesigning.v1+json";

/** Something that was signed, and the signature. */
export type ImageSignature = { payload: Buffer; signature: Buffer };

/** A public key and the file that it is from, as the configuration names it. */
export type SignerKey = { file: string; key: KeyObject };

/** A key of SubjectPublicKeyInfo in PEM, or null: ECDSA, RSA and Ed25519 are what cosign signs with. */
export function signerKey(file: string, pem: string): SignerKey | null {
  // A private key has a public half, too; but it does not belong where keys of signers are kept.
  if (!pem.includes("-----BEGIN PUBLIC KEY-----")) return null;
  try {
    const key = createPublicKey({ key: pem, format: "pem", type: "spki" });
    return ["ec", "rsa", "ed25519"].includes(key.asymmetricKeyType ?? "") ? { file, key } : null;
  } catch {
    return null;
  }
}

/** The file of the key that signed this digest, or null: by another key, of another digest, or of something else. */
export function signerOf(one: ImageSignature, keys: readonly SignerKey[], digest: string): string | null {
  const by = keys.find(({ key }) => fits(key, one));
  return by !== undefined && digestIn(one.payload) === digest ? by.file : null;
}

function fits(key: KeyObject, { payload, signature }: ImageSignature): boolean {
  try {
    return verify(key.asymmetricKeyType === "ed25519" ? null : "sha256", payload, key, signature);
  } catch {
    return false;
  }
}

type Payload = { critical?: { type?: unknown; image?: { "docker-manifest-digest"?: unknown } } } | null;

function digestIn(payload: Buffer): unknown {
  try {
    const { critical } = (JSON.parse(payload.toString("utf8")) as Payload) ?? {};
    return critical?.type === "cosign container image signature"
      ? critical.image?.["docker-manifest-digest"]
      : null;
  } catch {
    return null;
  }
}
