import { z } from "zod";

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const annotations = z.record(z.string(), z.string()).optional();

/** A content descriptor (image-spec, descriptor): what a blob is, its digest and its size in bytes. */
export const descriptorSchema = z.looseObject({
  mediaType: z.string(),
  digest,
  size: z.int().nonnegative(),
  platform: z.looseObject({ os: z.string(), architecture: z.string() }).optional(),
  artifactType: z.string().optional(),
  annotations,
});
export type Descriptor = z.infer<typeof descriptorSchema>;

/** An image index (image-spec, image-index); index.json of a layout has the same shape. */
export const indexSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(descriptorSchema),
  annotations,
});
export type ImageIndex = z.infer<typeof indexSchema>;

/** An image manifest (image-spec, manifest): one platform's config and layers, lowest first. */
export const manifestSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  /** What a manifest is that is no image (image-spec, manifest: artifacts). */
  artifactType: z.string().optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
  /** What it is about (image-spec, manifest: subject). */
  subject: descriptorSchema.optional(),
  annotations,
});
export type Manifest = z.infer<typeof manifestSchema>;

/** What a container of the image runs with (image-spec, config: the `config` object). */
export const runtimeSchema = z.looseObject({
  User: z.string().nullish(),
  WorkingDir: z.string().nullish(),
  Env: z.array(z.string()).nullish(),
  Entrypoint: z.array(z.string()).nullish(),
  Cmd: z.array(z.string()).nullish(),
  ExposedPorts: z.record(z.string(), z.object({})).nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
});

/** An image configuration (image-spec, config); `diff_ids` are the digests of the unpacked layers. */
export const configSchema = z.looseObject({
  created: z.string().optional(),
  architecture: z.string(),
  os: z.string(),
  config: runtimeSchema.nullish(),
  rootfs: z.object({ type: z.literal("layers"), diff_ids: z.array(digest) }),
  history: z.array(z.looseObject({})).optional(),
});
export type ImageConfig = z.infer<typeof configSchema>;
