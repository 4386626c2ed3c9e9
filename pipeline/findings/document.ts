import type { ScanDocument } from "../evidence.ts";
import { fail, ok, type Result } from "../result.ts";

/** The document of a scan; a failure is one sentence. */
export async function readScan(text: string): Promise<Result<ScanDocument, string>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail("it is no JSON");
  }
  if (isEmptyScan(value)) return ok(value);
  const { documentSchema } = await import("./schema.ts");
  const read = documentSchema.safeParse(value);
  if (read.success) return ok(read.data);
  const [issue] = read.error.issues;
  return fail(`it is no scan of this version: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`);
}

/** The commonest document by far, a scan that found nothing, is known without the schemas: they are slow to load. */
function isEmptyScan(value: unknown): value is ScanDocument {
  if (!isRecord(value) || Object.keys(value).sort().join() !== "findings,format,kind,scan") return false;
  const { format, kind, scan, findings } = value;
  if (format !== 1 || (kind !== "secrets" && kind !== "vulnerabilities")) return false;
  if (!Array.isArray(findings) || findings.length > 0 || !isRecord(scan)) return false;
  const { tools, complete, reasons, looked } = scan;
  return (
    Object.keys(scan).sort().join() === "complete,looked,reasons,tools" &&
    typeof complete === "boolean" &&
    typeof looked === "number" &&
    looked >= 0 &&
    Array.isArray(reasons) &&
    reasons.every((reason) => typeof reason === "string") &&
    Array.isArray(tools) &&
    tools.every(isTool)
  );
}

const isTool = (tool: unknown): boolean =>
  isRecord(tool) &&
  Object.keys(tool).sort().join() === "name,version" &&
  typeof tool.name === "string" &&
  (tool.version === null || typeof tool.version === "string");

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
