import type { ComposedService } from "../platform/compose.ts";
import type { Dockerfile } from "../platform/dockerfile.ts";
import type { Deployed } from "../platform/kubernetes.ts";
import type { Repository, Saying } from "../repository.ts";

/** What else the repository tells of one of its projects. */
export type Surroundings = {
  repository: Repository;
  /** The project's directory relative to the root; "." for the root. */
  directory: string;
  /** Name for what it runs, where only one thing runs there. */
  name: string;
  dockerfile: Dockerfile | null;
  service: ComposedService | null;
  deployed: Deployed | null;
  say(saying: Saying): void;
};

/** How the project is started, as its Dockerfile or compose file has it; null where neither says, or by a script. */
export function startOf({ dockerfile, service }: Surroundings): { words: string[]; because: string } | null {
  const sources = [
    { words: service?.command ?? [], because: "the compose file starts it so" },
    { words: dockerfile?.command ?? [], because: `${dockerfile?.path} starts it so` },
  ];
  const plain = sources
    .map(({ words, because }) => ({ words: unwrapped(words), because }))
    .filter(({ words }) => words.length > 0 && !/(\.sh|entrypoint)$/.test(words[0] ?? ""));
  // Compose files are often for work on the code, where the image itself starts what serves.
  return plain.find(({ words }) => !isForWork(words)) ?? plain[0] ?? null;
}

/** Whether a command is not for production. */
export const isForWork = (words: string[]): boolean => forWork.test(words.join(" "));

/** Servers that are not for production, and what lets one watch its files. */
const forWork = /(^|\s)(--reload|--debug|manage\.py runserver|fastapi dev)(?=\s|$)/;

/** `sh -c "a && exec b"` runs b in the end. */
export function unwrapped(words: string[]): string[] {
  const shell = /(^|\/)(sh|bash)$/.test(words[0] ?? "") && /^-\w*c$/.test(words[1] ?? "");
  const text = (shell ? words.slice(2) : words).join(" ").trim();
  const last = (text.split("&&").at(-1) ?? "").trim().replace(/^exec\s+/, "");
  return last === "" ? [] : last.split(/\s+/);
}

/** The port that manifests, Dockerfile or compose file name; a number in the command is the same. */
export const portOf = ({ dockerfile, service, deployed }: Surroundings): number | null =>
  deployed?.port ?? dockerfile?.ports[0] ?? service?.port ?? null;

/** The command with `$PORT` where the port stood as a number. */
export function portFromEnvironment(words: string[], port: number | null): string {
  if (port === null) return words.join(" ");
  return words
    .map((word) => word.replace(new RegExp(`(^|[:=])(\\$\\{PORT:-)?${port}\\}?$`), "$1$PORT"))
    .join(" ");
}

/** Paths of its health checks, from manifests or else from the Dockerfile. */
export function healthOf({ dockerfile, deployed }: Surroundings): Deployed["health"] {
  if (deployed !== null && Object.keys(deployed.health).length > 0) return deployed.health;
  return dockerfile?.health ? { ready: dockerfile.health } : {};
}

type Sought = { language: string /** Its first group is the version. */; image: RegExp; usual: string };

/** The range from the Dockerfile's base image, or else the usual one; both are guesses, and said to be. */
export function versionOfImage(
  { dockerfile, say }: Surroundings,
  { language, image, usual }: Sought,
): string {
  const [base, found] = image.exec(dockerfile?.bases.join(" ") ?? "") ?? [];
  const version = found === undefined ? usual : `>=${found}`;
  say({
    kind: "guessed",
    what: `${language} ${version}`,
    because: base === undefined ? "nothing names a version" : `${dockerfile?.path} is based on ${base}`,
  });
  return version;
}
