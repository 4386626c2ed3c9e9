import type { ScanDocument } from "../../evidence.ts";
import { textOf } from "./decode.ts";
import { type Found, secretsOfFile } from "./file.ts";
import { markedSecrets } from "./mark.ts";
import { createPreset } from "./preset.ts";

/** A file's bytes, or why they cannot be had (one sentence); null: it is no file that could hold anything. */
export type FileRead = { bytes: Uint8Array } | { reason: string } | null;

/** Most reasons that a document lists. */
const mostReasons = 20;

/** Looks into every file of text; one that cannot be read makes the scan incomplete. */
export async function scanFiles(
  paths: string[],
  read: (path: string) => Promise<FileRead>,
  tool: { name: string; version: string | null },
): Promise<ScanDocument> {
  const found: Found[] = [];
  const reasons: string[] = [];
  const preset = createPreset();
  let looked = 0;
  for (const path of paths) {
    const file = await read(path);
    if (file === null) continue;
    if ("reason" in file) {
      reasons.push(`${path}: ${file.reason}`);
      continue;
    }
    const text = textOf(file.bytes);
    if (text === null) continue;
    looked += 1;
    found.push(...(await secretsOfFile(preset, path, text)));
  }
  const more = reasons.length - mostReasons;
  const told = reasons.slice(0, mostReasons);
  if (more > 0) told.push(`and ${more} files more`);
  return {
    format: 1,
    kind: "secrets",
    scan: { tools: [tool], complete: reasons.length === 0, reasons: told, looked },
    findings: markedSecrets(found),
  };
}

/** Joins what several scanners and passes say; the whole is complete where each of them is. */
export function joinScans(documents: [ScanDocument, ...ScanDocument[]]): ScanDocument {
  const tools = new Map(documents.flatMap(({ scan }) => scan.tools.map((tool) => [tool.name, tool])));
  return {
    format: 1,
    kind: documents[0].kind,
    scan: {
      tools: [...tools.values()],
      complete: documents.every(({ scan }) => scan.complete),
      reasons: documents.flatMap(({ scan }) => scan.reasons),
      looked: Math.max(...documents.map(({ scan }) => scan.looked)),
    },
    findings: documents.flatMap(({ findings }) => findings),
  };
}
