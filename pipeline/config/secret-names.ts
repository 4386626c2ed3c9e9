const marks = ["KEY", "SECRET", "TOKEN", "PASSWORD", "PASSWD", "APIKEY", "PASSPHRASE"];

/** Last words of names that speak about a secret without holding one, e.g. TOKEN_TTL or KEY_FILE. */
const about = [
  "PATH",
  "FILE",
  "DIR",
  "NAME",
  "ID",
  "TTL",
  "SECONDS",
  "MINUTES",
  "LENGTH",
  "PREFIX",
  "HEADER",
  "URL",
  "ALGORITHM",
  "EXPIRY",
  "EXPIRES",
];

/** Whether a variable's name says that its value is a secret: KEY, SECRET, TOKEN or PASSWORD is a word of it. */
export function looksSecret(name: string): boolean {
  // The fingerprint of a public key, in the official Python images.
  if (name.toUpperCase() === "GPG_KEY") return false;
  const words = name.toUpperCase().split("_");
  if (words.includes("PUBLIC") || about.includes(words.at(-1) ?? "")) return false;
  return words.some((word) => marks.includes(word));
}

/** Whether a value is a URL with a password in it. */
export const holdsPassword = (value: string): boolean =>
  /^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:[^\s/@]+@/i.test(value);

/** Whether a variable must be kept as a secret: by its name, or because a password stands in its value. */
export const isSecret = (name: string, value: string): boolean => looksSecret(name) || holdsPassword(value);
