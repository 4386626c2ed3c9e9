import type { ScanDocument } from "../../evidence.ts";
import { toolVersion } from "../tool-version.ts";

/** This program as a scanner. */
export const ours = { name: "bellwether", version: toolVersion };

/** The document of a scanner for secrets that could not look. */
export const incomplete = (name: string, reason: string): ScanDocument => ({
  format: 1,
  kind: "secrets",
  scan: { tools: [{ name, version: null }], complete: false, reasons: [reason], looked: 0 },
  findings: [],
});
