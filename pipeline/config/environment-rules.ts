import type { Problem } from "../failure.ts";
import { type EnvironmentEntry, parseEnvironmentFile } from "./environment-file.ts";
import { holdsPassword, isSecret, looksSecret } from "./secret-names.ts";

/** An environment file with the facts that its rules need. */
export type EnvironmentFile = {
  environment: string;
  /** As the user named it. */
  file: string;
  /** Null where there is no such file. */
  text: string | null;
  /** Permission bits, e.g. 0o644. */
  mode: number;
  /** Whether git tracks it. */
  tracked: boolean;
};

/** Least length of a value by variable, from the `secrets:` of the config. */
export type LeastLengths = Record<string, number>;

/** Least length of a value whose name says that it is a secret, where the config says nothing else. */
const leastSecret = 8;

const placeholders = [
  /(^|[-_ :/])(change[-_ ]?(me|this|it)|replace[-_ ]?(me|this))([-_ !@.]|$)/i,
  /^your[-_ ].*[-_ ]here$/i,
  /^<.*>$/,
  /:<[^<>]*>@/,
  /^(x{3,}|\*{3,}|\.{3,}|…)$/i,
  /^(todo|tbd|fixme|placeholder)\b/i,
];

/** Whether a value is one that somebody meant to replace. */
export const isPlaceholder = (value: string): boolean =>
  placeholders.some((pattern) => pattern.test(value.trim()));

/** Every problem of the environment files, together; values are compared and measured, never shown. */
export function environmentProblems(files: readonly EnvironmentFile[], least: LeastLengths): Problem[] {
  return [...files.flatMap((file) => problemsOf(file, least)), ...sharedSecrets(files)];
}

function problemsOf(file: EnvironmentFile, least: LeastLengths): Problem[] {
  const whole = { file: file.file, line: 0, column: 0, path: "" };
  if (file.text === null) {
    const remedy = `Create ${file.file}, or remove environment-file from the environment ${file.environment}.`;
    return [{ ...whole, got: "no file", expected: `the environment file of ${file.environment}`, remedy }];
  }
  const { entries, mistakes } = parseEnvironmentFile(file.text);
  const problems: Problem[] = mistakes.map((mistake) => ({ file: file.file, ...mistake }));
  if (entries.length === 0 && mistakes.length === 0) {
    problems.push({
      ...whole,
      got: "an empty file",
      expected: "NAME=VALUE lines",
      remedy: "Write the values into it.",
    });
  }
  problems.push(...entries.flatMap((entry) => valueProblem(entry, file.file, least[entry.name])));
  const open = (file.mode & 0o077) !== 0;
  if (open && !file.tracked && entries.some((entry) => isSecret(entry.name, entry.value))) {
    problems.push({
      ...whole,
      got: `secrets in a file of mode ${(file.mode & 0o777).toString(8).padStart(3, "0")}`,
      expected: "a file that only its owner can read",
      remedy: `Run chmod 600 ${file.file}.`,
    });
  }
  return problems;
}

function valueProblem(entry: EnvironmentEntry, file: string, leastLength: number | undefined): Problem[] {
  const { name, value, line, column } = entry;
  const one = (got: string, expected: string, remedy: string): Problem[] => [
    { file, line, column, path: name, got, expected, remedy },
  ];
  const secret = looksSecret(name) || leastLength !== undefined;
  if (value.trim() === "") {
    if (entry.quoted && value === "" && !secret) return [];
    const expected = secret ? "a value" : 'a value, or "" where none is meant';
    return one("nothing", expected, `Give ${name} a value.`);
  }
  if (isPlaceholder(value))
    return one("a placeholder", "a real value", `Replace the placeholder of ${name}.`);
  const least = leastLength ?? (looksSecret(name) ? leastSecret : 0);
  if (value.length >= least) return [];
  return one(
    `${value.length} characters`,
    `a secret of at least ${least} characters`,
    `Make a longer ${name}.`,
  );
}

/** A secret that two environments share: whoever has the one has the other. */
function sharedSecrets(files: readonly EnvironmentFile[]): Problem[] {
  const owner = new Map<string, EnvironmentFile>();
  return files.flatMap((file) => {
    const { entries } = parseEnvironmentFile(file.text ?? "");
    return entries.flatMap((entry): Problem[] => {
      if (!isSecret(entry.name, entry.value) || entry.value === "" || isPlaceholder(entry.value)) return [];
      const other = owner.get(entry.value);
      if (other === undefined) owner.set(entry.value, file);
      if (other === undefined || other.environment === file.environment || other.file === file.file)
        return [];
      return [
        {
          file: file.file,
          line: entry.line,
          column: entry.column,
          path: entry.name,
          got: `the same secret as in ${other.file} (${other.environment})`,
          expected: holdsPassword(entry.value) ? "a password of its own" : "a secret of its own",
          remedy: `Make a new ${entry.name} for ${file.environment}.`,
        },
      ];
    });
  });
}
