import { Header } from "tar/header";
import { Pax } from "tar/pax";

/** One entry of an archive; `name` has no slash in front, `size` is that of its body in bytes. */
export type TarEntry = {
  name: string;
  type: "File" | "Directory" | "SymbolicLink";
  size: number;
  mode: number;
  uid: number;
  gid: number;
  mtime: Date;
  /** Where a symbolic link points. */
  linkname?: string;
};

/**
 * What stands before an entry's body (POSIX pax interchange format): its header of 512 bytes, and before that an
 * extended one where a name, a size or an owner does not fit.
 */
export function tarHeader({ name, linkname, ...entry }: TarEntry): Uint8Array {
  const fields = { ...entry, path: name, ...(linkname === undefined ? {} : { linkpath: linkname }) };
  const header = new Header(fields);
  const extended = header.encode();
  const { block } = header;
  if (block === undefined) throw new Error(`no header for ${name}`);
  return extended ? Buffer.concat([new Pax(fields).encode(), block]) : block;
}

const block = 512;

/** What stands behind a body of that size: the rest of its last block. */
export const tarPadding = (size: number): Uint8Array => new Uint8Array((block - (size % block)) % block);

/** What ends an archive. */
export const tarEnd: Uint8Array = new Uint8Array(2 * block);
