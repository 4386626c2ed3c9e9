import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { expect, test } from "vitest";
import { type SignerKey, signerKey, signerOf } from "../../pipeline/image/about/signatures.ts";

const digest = `sha256:${"a".repeat(64)}`;
const pairs = {
  ECDSA: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  RSA: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  Ed25519: generateKeyPairSync("ed25519"),
};
const pem = (key: KeyObject) => key.export({ type: "spki", format: "pem" }).toString();
const known = (key: KeyObject): SignerKey => {
  const read = signerKey("release.pub", pem(key));
  if (read === null) throw new Error("no key");
  return read;
};
const payload = (over: object = {}) =>
  Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": "registry.example/team/small" },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
        ...over,
      },
      optional: null,
    }),
  );
const signed = (bytes: Buffer, { privateKey }: { privateKey: KeyObject }) => ({
  payload: bytes,
  signature: sign(privateKey.asymmetricKeyType === "ed25519" ? null : "sha256", bytes, privateKey),
});

test.each(Object.entries(pairs))(
  "what was signed with a key of %s is known by its public half",
  (_name, pair) => {
    expect(signerOf(signed(payload(), pair), [known(pair.publicKey)], digest)).toBe("release.pub");
  },
);

test.each([
  ["another digest", payload({ image: { "docker-manifest-digest": `sha256:${"b".repeat(64)}` } })],
  ["something that is no image", payload({ type: "a letter" })],
  ["a text that is no JSON", Buffer.from("{")],
  ["null", Buffer.from("null")],
])("a good signature of %s says nothing of the image", (_name, bytes) => {
  const { ECDSA } = pairs;
  expect(signerOf(signed(bytes, ECDSA), [known(ECDSA.publicKey)], digest)).toBe(null);
});

test("a signature by another key, or of other bytes, is none", () => {
  const { ECDSA, RSA, Ed25519 } = pairs;
  const one = signed(payload(), ECDSA);
  expect(signerOf(one, [known(RSA.publicKey), known(Ed25519.publicKey)], digest)).toBe(null);
  expect(signerOf({ ...one, payload: payload({ identity: {} }) }, [known(ECDSA.publicKey)], digest)).toBe(
    null,
  );
  expect(signerOf({ ...one, signature: Buffer.alloc(0) }, [known(ECDSA.publicKey)], digest)).toBe(null);
  expect(signerOf(one, [], digest)).toBe(null);
});

test("a private key, a certificate and a key of another kind are no signer's key", () => {
  const { privateKey } = pairs.ECDSA;
  expect(signerKey("k", privateKey.export({ type: "pkcs8", format: "pem" }).toString())).toBe(null);
  expect(signerKey("k", pem(generateKeyPairSync("x25519").publicKey))).toBe(null);
  expect(signerKey("k", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")).toBe(null);
});
