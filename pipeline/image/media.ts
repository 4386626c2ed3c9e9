/** Media types of image-spec 1.1 that we write. */
export const media = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

/** Annotation of a descriptor in index.json that holds its tag (image-spec, annotations). */
export const tagAnnotation = "org.opencontainers.image.ref.name";

/** Index media types that are read: OCI's, and Docker's of the same shape. */
export const indexTypes: readonly string[] = [
  media.index,
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

/** Manifest media types that are read: OCI's, and Docker's of the same shape. */
export const manifestTypes: readonly string[] = [
  media.manifest,
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** Layer media types that are read, with the OCI type that says the same and how the bytes are packed. */
export const layerTypes: Readonly<Record<string, { type: string; gzip: boolean }>> = {
  [media.layer]: { type: media.layer, gzip: false },
  [`${media.layer}+gzip`]: { type: `${media.layer}+gzip`, gzip: true },
  "application/vnd.docker.image.rootfs.diff.tar": { type: media.layer, gzip: false },
  "application/vnd.docker.image.rootfs.diff.tar.gzip": { type: `${media.layer}+gzip`, gzip: true },
};
