import type { Platform } from "../config/config.ts";

/** The part of an ELF header that says what processor a program is for. */
export type Elf = { machine: number; bits: 32 | 64; order: "little" | "big" };

const names: Readonly<Record<string, string>> = {
  "62/64/little": "amd64",
  "183/64/little": "arm64",
  "3/32/little": "386",
  "40/32/little": "arm",
  "243/64/little": "riscv64",
  "21/64/little": "ppc64le",
  "22/64/big": "s390x",
};

/**
 * Reads the header of an ELF program or shared object (gABI, ELF header). Null for everything else: a file that
 * only begins like one (unknown class, byte order or version, a header size that is not its class's, cut short),
 * and ELF that no processor of the machine is asked to run: relocatable objects (also eBPF) and core dumps.
 */
export function readElf(head: Uint8Array): Elf | null {
  if (head.length < 52 || head[0] !== 0x7f || head[1] !== 0x45 || head[2] !== 0x4c || head[3] !== 0x46)
    return null;
  const bits = head[4] === 1 ? 32 : head[4] === 2 ? 64 : null;
  const order = head[5] === 1 ? "little" : head[5] === 2 ? "big" : null;
  if (bits === null || order === null || head[6] !== 1) return null;
  const headerSize = bits === 64 ? 64 : 52;
  if (head.length < headerSize) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const little = order === "little";
  const type = view.getUint16(16, little);
  const isProgram = type === 2 || type === 3;
  if (!isProgram || view.getUint32(20, little) !== 1) return null;
  if (view.getUint16(bits === 64 ? 52 : 40, little) !== headerSize) return null;
  return { machine: view.getUint16(18, little), bits, order };
}

/** The architecture by its OCI name where it has one, e.g. "arm64", else machine, width and byte order. */
export function architectureOf(elf: Elf): string {
  const known = names[`${elf.machine}/${elf.bits}/${elf.order}`];
  return known ?? `ELF machine ${elf.machine}, ${elf.bits}-bit, ${elf.order}-endian`;
}

/** The architecture of a platform, e.g. "amd64" of "linux/amd64". */
export const architecture = (platform: Platform): string => platform.slice("linux/".length);
