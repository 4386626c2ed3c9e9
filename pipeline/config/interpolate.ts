const reference = /\$\{([a-zA-Z0-9_.-]+)\}/g;

/** The names in `${…}`, e.g. "port", "accessories.postgres.url", "services.postgres.host", "version". */
export const references = (text: string): string[] =>
  [...text.matchAll(reference)].map((found) => found[1] ?? "");

/** Replaces every `${name}` that `values` knows; what is unknown stays, so that `validate` can name it. */
export const interpolate = (text: string, values: Record<string, string>): string =>
  text.replace(reference, (whole, name: string) => values[name] ?? whole);
