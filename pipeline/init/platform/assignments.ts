/** Variables that a file of an environment sets, in their order. */
export const assignmentsIn = (text: string): [name: string, value: string][] =>
  [...text.matchAll(/^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name = "", value = ""]) => [
    name,
    value.replaceAll(/^["']|["']$/g, ""),
  ]);
