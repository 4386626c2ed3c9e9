import { PackageURL } from "packageurl-js";
import { sha256 } from "../../canonical.ts";
import type { Package } from "./packages.ts";

/** Media type of a CycloneDX document (CycloneDX 1.6, media types). */
export const sbomType = "application/vnd.cyclonedx+json";

export type SbomFacts = {
  /** The image, e.g. registry.example/quotes, and its digest. */
  repository: string;
  digest: string;
  packages: Package[];
  /** ms since the epoch. */
  created: number;
  tool: string;
};

/** What an image is made of, as a CycloneDX 1.6 document; equal facts give an equal document. */
export function sbomOf({ repository, digest, packages, created, tool }: SbomFacts): Record<string, unknown> {
  const name = repository.split("/").at(-1) ?? repository;
  const image = new PackageURL("oci", null, name, digest, { repository_url: repository }, null).toString();
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(`${digest} ${packages.map(urlOf).join(" ")}`)}`,
    version: 1,
    metadata: {
      timestamp: new Date(created).toISOString(),
      tools: { components: [{ type: "application", name: "bellwether", version: tool }] },
      component: { type: "container", "bom-ref": image, name: repository, version: digest, purl: image },
    },
    components: packages.map((one) => ({
      type: "library",
      "bom-ref": urlOf(one),
      name: one.name,
      version: one.version,
      purl: urlOf(one),
    })),
    dependencies: [{ ref: image, dependsOn: packages.map(urlOf) }],
  };
}

/** The package's URL (purl-spec), e.g. pkg:npm/%40scope/name@1.2.3. */
export function urlOf({ type, name, version }: Package): string {
  const parts = name.split("/");
  const last = parts.pop() ?? name;
  const space = parts.length === 0 ? null : parts.join("/");
  return new PackageURL(type, space, last, version, null, null).toString();
}

/** A UUID that is made of a text (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const hex = sha256(text);
  const variant = ((Number.parseInt(hex[16] ?? "0", 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
