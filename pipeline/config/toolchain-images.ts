import { minVersion, satisfies, valid } from "semver";

/**
 * The tag of a language's official image for a range of its versions: the first of the lines (e.g. 24, or 3.11) whose
 * every later version is in the range, an exact version, or else the least version of the range.
 */
function tagFor(range: string, lines: readonly string[]): string {
  const exact = valid(range);
  if (exact !== null) return exact;
  const newest = (line: string) => `${line}${".999".repeat(3 - line.split(".").length)}`;
  return lines.find((line) => satisfies(newest(line), range)) ?? minVersion(range)?.version ?? lines[0] ?? "";
}

/** Lines of Node that get long support, the newest first: what runs on several runs best on that. */
const nodeLines = ["24", "22", "20", "18"];

/** Lines of Python, the oldest first: what is written for the least version shall run on it. */
const pythonLines = Array.from({ length: 8 }, (_, at) => `3.${at + 8}`);

/** An image with git and compilers is many times larger: it is taken where something asks for them. */
const suffix = (needsTools: boolean): string => (needsTools ? "" : "-slim");

export const nodeImage = (range: string, needsTools: boolean): string =>
  `node:${tagFor(range, nodeLines)}${suffix(needsTools)}`;

export function pythonImage(range: string, needsTools: boolean): string {
  // A range that leaves everything open asks for no line at all.
  const lines = satisfies("3.0.0", range) ? ["3"] : pythonLines;
  return `python:${tagFor(range, lines)}${suffix(needsTools)}`;
}

/** Not the slim one: crates that link OpenSSL, or PostgreSQL's client, find what they ask for. */
export function rustImage(range: string): string {
  const least = minVersion(range);
  const line = least === null ? [] : [`${least.major}.${least.minor}`];
  return `rust:${tagFor(range, ["1", ...line])}`;
}

/** Whether a manifest or a lock names a package by its repository. */
export const namesRepository = (text: string): boolean =>
  /\bgit\+(https?|ssh|file):|\bgit@[\w.-]+:|\bgit\s*=\s*["']|"type"\s*:\s*"git"/.test(text);

/** Whether requirements, a manifest or a lock of Python name a package that comes as sources for a compiler alone. */
export const namesSources = (text: string): boolean =>
  /(^|["'\s])(psycopg2|mysqlclient|uwsgi)(?=["'\s=<>~![;]|$)/im.test(text);
