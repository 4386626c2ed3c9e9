import type { Release } from "../../deploy/release.ts";

/** The unit of one component in one slot (blue, green). */
export const unitName = (app: string, component: string, slot: string): string =>
  `${app}-${component}@${slot}.service`;

/** Name of a release's directory: for people, and its own. */
export const directoryOf = ({ version, id }: Pick<Release, "version" | "id">): string =>
  `${version}-${id.slice(0, 12)}`;

/** A digest's name as a file. */
export const blobName = (digest: string): string => digest.replace(/^sha256:/, "");
