import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../canonical.ts";
import type { Config } from "./config.ts";
import type { CheckoutFacts } from "./toolchain-defaults.ts";

/** Raised when the schema, the rules or the normalised shape change within one version of the tool. */
const cacheFormat = 5;

/** How many configurations are kept: a few branches' worth. */
const kept = 20;

/** What was asked about the checkout while the configuration was made: by path, whether it is there, and its text's mark. */
export type Facts = { has: Record<string, boolean>; texts: Record<string, string> };

/** Changes with the text. */
export const textMark = (text: string | null): string => (text === null ? "" : sha256(text));

type Entry = { facts: Facts; check: string; config: string };

export const cacheKey = (made: { text: string; file: string; tool: string }): string =>
  sha256(JSON.stringify([cacheFormat, made.tool, made.file, made.text]));

const directoryOf = (state: string): string => join(state, "cache", "config");
const fileOf = (state: string, key: string): string => join(directoryOf(state), `${key}.json`);

/** The configuration made before from the same text and facts, or null. A corrupt file is removed. */
export function readCached(state: string, key: string, checkout: CheckoutFacts): Config | null {
  const path = fileOf(state, key);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return null;
  }
  const entry = parseEntry(text);
  if (entry === null) {
    drop(path);
    return null;
  }
  const { has, texts } = entry.facts;
  if (Object.entries(has).some(([path, there]) => checkout.has(path) !== there)) return null;
  if (Object.entries(texts).some(([path, mark]) => textMark(checkout.text(path)) !== mark)) return null;
  // The check holds the text to what was written, so its shape is the one that was written.
  const config: Config = JSON.parse(entry.config);
  return config;
}

/** Keeps the configuration; where that is not possible (a read-only checkout) the next run is slower, no more. */
export function writeCached(state: string, key: string, facts: Facts, config: Config): void {
  const path = fileOf(state, key);
  const written = JSON.stringify(config);
  const entry: Entry = { facts, check: sha256(written), config: written };
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(directoryOf(state), { recursive: true });
    writeFileSync(temporary, JSON.stringify(entry));
    renameSync(temporary, path);
    prune(directoryOf(state));
  } catch {
    drop(temporary);
  }
}

function drop(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Not ours to remove; what is in it is not used.
  }
}

function parseEntry(text: string): Entry | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isEntry(value) || sha256(value.config) !== value.check) return null;
  return value;
}

function isEntry(value: unknown): value is Entry {
  if (value === null || typeof value !== "object") return false;
  if (!("facts" in value && "check" in value && "config" in value)) return false;
  if (typeof value.config !== "string" || typeof value.facts !== "object" || value.facts === null)
    return false;
  return "has" in value.facts && "texts" in value.facts;
}

function prune(directory: string): void {
  const files = readdirSync(directory).map((name) => join(directory, name));
  if (files.length <= kept) return;
  const aged = files.map((path) => ({ path, at: statSync(path).mtimeMs })).sort((a, b) => a.at - b.at);
  for (const { path } of aged.slice(0, files.length - kept)) drop(path);
}
