/**
 * Variables as systemd.exec(5) reads an EnvironmentFile: each value in double quotes, in which a backslash, a quote, a
 * backtick and a dollar are written with a backslash before them, and a line may break.
 */
export const environmentFile = (variables: Record<string, string>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}="${value.replace(/[\\"`$]/g, "\\$&")}"\n`)
    .join("");
