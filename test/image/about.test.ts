import { expect, test } from "vitest";
import { isLockFile, packagesIn } from "../../pipeline/image/about/packages.ts";
import {
  type Provenance,
  provenanceOf,
  provenanceRefusal,
  readProvenance,
} from "../../pipeline/image/about/provenance.ts";
import { sbomOf, urlOf } from "../../pipeline/image/about/sbom.ts";
import { unwrap } from "../support/unwrap.ts";

const digest = `sha256:${"a".repeat(64)}`;

const urls = (files: Record<string, string>): string[] => {
  const read = packagesIn(files);
  if (!read.ok) throw new Error(read.failure);
  return read.value.map(urlOf);
};

test("lock files of npm, Python and cargo are read, without what is for development or the project itself", () => {
  const npm = {
    lockfileVersion: 3,
    packages: {
      "": { name: "app" },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/a/node_modules/@s/b": { version: "2.0.0" },
      "node_modules/dev": { version: "1.0.0", dev: true },
      "node_modules/local": { link: true },
    },
  };
  expect(urls({ "front/package-lock.json": JSON.stringify(npm) })).toEqual([
    "pkg:npm/%40s/b@2.0.0",
    "pkg:npm/a@1.0.0",
  ]);
  const old = { dependencies: { x: { version: "1.0.0", dependencies: { y: { version: "2.0.0" } } } } };
  expect(urls({ "package-lock.json": JSON.stringify(old) })).toEqual(["pkg:npm/x@1.0.0", "pkg:npm/y@2.0.0"]);
  const requirements =
    "# pinned\nFastAPI[standard]==0.115.0 ; python_version > '3'\nzope.interface==7.0 \\\n    --hash=sha256:0\n-r other.txt\nloose>=1\n";
  expect(urls({ "requirements.txt": requirements })).toEqual([
    "pkg:pypi/fastapi@0.115.0",
    "pkg:pypi/zope-interface@7.0",
  ]);
  const uv =
    '[[package]]\nname = "app"\nversion = "0.1"\nsource = { editable = "." }\n[[package]]\nname = "Pydantic"\nversion = "2.9"\nsource = { registry = "r" }\n';
  expect(urls({ "uv.lock": uv })).toEqual(["pkg:pypi/pydantic@2.9"]);
  const cargo =
    '[[package]]\nname = "own"\nversion = "0.1.0"\n[[package]]\nname = "serde"\nversion = "1.0.1"\nsource = "registry+r"\n';
  expect(urls({ "Cargo.lock": cargo })).toEqual(["pkg:cargo/serde@1.0.1"]);
});

test("a lock file that cannot be read is named, and lists for development are no lock files of what is shipped", () => {
  expect(packagesIn({ "a/package-lock.json": "{" })).toMatchObject({
    ok: false,
    failure: expect.stringContaining("a/package-lock.json"),
  });
  expect(["requirements.txt", "requirements-dev.txt", "x/Cargo.lock", "yarn.lock"].map(isLockFile)).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test("equal facts make an equal SBOM, and other packages another serial number", () => {
  const packages = [{ type: "npm" as const, name: "a", version: "1.0.0" }];
  const facts = { repository: "registry.example/team/quotes", digest, packages, created: 0, tool: "0.1.0" };
  expect(sbomOf(facts)).toEqual(sbomOf(facts));
  expect(sbomOf({ ...facts, packages: [] }).serialNumber).not.toBe(sbomOf(facts).serialNumber);
  expect(sbomOf(facts)).toMatchObject({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: expect.stringMatching(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ),
    components: [{ purl: "pkg:npm/a@1.0.0" }],
  });
});

const built = (more = {}): Provenance => {
  const statement = provenanceOf({
    ...{
      repository: "registry.example/quotes",
      digest,
      source: "https://github.com/acme/quotes.git",
      ref: "refs/heads/main",
    },
    ...{
      revision: "b".repeat(40),
      dirty: false,
      config: "c",
      key: "in-d",
      base: { name: "node:24-slim", digest },
    },
    ...{
      builder: "https://github.com/acme/quotes/.github/workflows/ci.yml@refs/heads/main",
      tool: "0.1.0",
      run: null,
    },
    ...{ startedAt: 0, finishedAt: 1 },
    ...more,
  });
  const read = readProvenance(JSON.parse(JSON.stringify(statement)));
  if (read === null) throw new Error("what was written cannot be read");
  return read;
};

test("B9: provenance passes for its own digest, repository and builder only; none is never a pass", () => {
  const any = { source: null, builder: null };
  expect(provenanceRefusal(any, digest, [built()])).toBeNull();
  expect(provenanceRefusal(any, digest, [])).toBe("it has no provenance");
  expect(provenanceRefusal(any, `sha256:${"f".repeat(64)}`, [built()])).toBe(
    "its provenance is of another digest",
  );
  expect(provenanceRefusal(any, digest, [built({ dirty: true })])).toContain("differ from the commit");
  const acme = { source: "github.com/acme/quotes", builder: null };
  for (const source of [
    "git@github.com:acme/quotes.git",
    "ssh://github.com/acme/quotes",
    "https://GitHub.com/acme/quotes",
  ])
    expect(provenanceRefusal(acme, digest, [built({ source })])).toBeNull();
  expect(
    provenanceRefusal(acme, digest, [built({ source: "https://evil.example/github.com/acme/quotes" })]),
  ).toContain("not from");
  expect(provenanceRefusal(acme, digest, [built({ source: null })])).toContain("an unknown repository");
  expect(provenanceRefusal({ source: null, builder: "urn:other" }, digest, [built()])).toContain(
    "not by urn:other",
  );
});

test("what is no statement of provenance is read as none", () => {
  for (const value of [null, {}, { _type: "https://in-toto.io/Statement/v1" }, "text"])
    expect(readProvenance(value)).toBeNull();
  expect(unwrap({ ok: true, value: built().revision })).toBe("b".repeat(40));
});
