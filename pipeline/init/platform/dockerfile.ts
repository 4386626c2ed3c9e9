import { posix } from "node:path";
import type { Repository } from "../repository.ts";

/** What a Dockerfile says of what it runs; of several stages the last counts. */
export type Dockerfile = {
  path: string;
  /** Its directory, which is most likely its context. */
  directory: string;
  /** Images of its stages, e.g. python:3.11-slim. */
  bases: string[];
  /** Words of its entry point and command; empty where it has none. */
  command: string[];
  ports: number[];
  /** Path that its health check asks, e.g. /health. */
  health: string | null;
};

/** All Dockerfiles, those of the root first. */
export const dockerfilesOf = (repository: Repository): Dockerfile[] =>
  repository.files
    .filter((path) => /^(Dockerfile|Containerfile)(\.[\w-]+)?$|\.Dockerfile$/.test(posix.basename(path)))
    .filter((path) => !path.endsWith(".dockerignore"))
    .sort((one, other) => depth(one) - depth(other) || one.length - other.length)
    .map((path) => readDockerfile(path, repository.text(path) ?? ""));

const depth = (path: string): number => path.split("/").length;

/** Reads the instructions that matter here (the Dockerfile reference: FROM, EXPOSE, CMD, ENTRYPOINT, HEALTHCHECK). */
export function readDockerfile(path: string, text: string): Dockerfile {
  const joined = text.replaceAll(/^\s*#.*\n/gm, "").replaceAll(/\\\r?\n/g, " ");
  const found: Dockerfile = {
    path,
    directory: posix.dirname(path),
    bases: [],
    command: [],
    ports: [],
    health: null,
  };
  let entry: string[] = [];
  for (const [, word = "", rest = ""] of joined.matchAll(/^\s*([A-Za-z]+)\s+(.*)$/gm)) {
    switch (word.toUpperCase()) {
      case "FROM":
        found.bases.push(rest.replace(/^--\S+\s+/, "").split(/\s+/)[0] ?? "");
        // What an earlier stage ran is no part of the result.
        entry = [];
        Object.assign(found, { command: [], ports: [], health: null });
        break;
      case "EXPOSE":
        found.ports.push(
          ...rest
            .split(/\s+/)
            .map((each) => Number.parseInt(each, 10))
            .filter((port) => port > 0),
        );
        break;
      case "CMD":
        found.command = wordsOf(rest);
        break;
      case "ENTRYPOINT":
        entry = wordsOf(rest);
        break;
      case "HEALTHCHECK":
        found.health = /https?:\/\/[^/\s"']+(\/[^\s"',)]*)/.exec(rest)?.[1] ?? null;
    }
  }
  return { ...found, command: [...entry, ...found.command] };
}

/** The exec form is a JSON list; the shell form is taken as it stands. */
export function wordsOf(written: string): string[] {
  try {
    const words: unknown = JSON.parse(written);
    if (Array.isArray(words)) return words.map(String);
  } catch {
    // No list: the shell's form.
  }
  return written.trim().split(/\s+/);
}
