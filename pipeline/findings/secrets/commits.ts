import type { ScanDocument } from "../../evidence.ts";
import { type Found, secretsOfFile } from "./file.ts";
import { markedSecrets } from "./mark.ts";
import type { Patched } from "./patch.ts";
import { createPreset } from "./preset.ts";

/** Secrets that the commits of a range add, also those that a later one takes out again: they are out for good. */
export async function scanCommits(
  patches: Patched[],
  tool: ScanDocument["scan"]["tools"][number],
): Promise<ScanDocument> {
  // Each secret of a file once, at the first commit that adds it.
  const found = new Map<string, Found>();
  const preset = createPreset();
  for (const { commit, path, lines } of patches) {
    const text = lines.map((line) => line.text).join("\n");
    for (const { finding, value, lastLine } of await secretsOfFile(preset, path, text)) {
      const touched = lines.slice((finding.line ?? 1) - 1, lastLine);
      const id = JSON.stringify([finding.rule, path, value]);
      if (found.has(id) || !touched.some(({ added }) => added)) continue;
      const message = `${finding.message}, added by commit ${commit.slice(0, 12)}`;
      found.set(id, { finding: { ...finding, line: touched[0]?.number ?? null, message }, value, lastLine });
    }
  }
  return {
    format: 1,
    kind: "secrets",
    scan: { tools: [tool], complete: true, reasons: [], looked: patches.length },
    findings: markedSecrets([...found.values()]),
  };
}
