import { scanFiles } from "../../pipeline/findings/secrets/scan.ts";

const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Random characters that are the same in every run: no source holds them, so no scanner finds them here. */
export function made(length: number, seed: number, alphabet = signs.slice(0, 62)): string {
  let state = seed;
  let text = "";
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += alphabet[Math.floor((state / 2 ** 32) * alphabet.length)];
  }
  return text;
}

/** The same of base64. */
export const base64 = (length: number, seed: number): string => made(length, seed, signs);

export const ours = { name: "bellwether", version: "1.0.0" };

/** The scan of files with these texts or bytes. */
export const scanOf = (files: Record<string, string | Uint8Array>) =>
  scanFiles(
    Object.keys(files),
    async (path) => {
      const content = files[path] ?? "";
      return { bytes: typeof content === "string" ? new TextEncoder().encode(content) : content };
    },
    ours,
  );

/** Line and rule of what is found in one file. */
export const foundIn = async (
  path: string,
  content: string | Uint8Array,
): Promise<[number | null, string][]> =>
  (await scanOf({ [path]: content })).findings.map(({ line, rule }) => [line, rule]);
