import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes the host's part of the systemd target as a module: bundles and containers read no other files. */
const home = join(import.meta.dirname, "..", "pipeline", "targets", "systemd");
const lines = readdirSync(join(home, "host"))
  .sort()
  .flatMap((name) =>
    readFileSync(join(home, "host", name), "utf8")
      .trimEnd()
      .split("\n"),
  );

writeFileSync(
  join(home, "host-script.ts"),
  `// Made by \`npm run host\` from host/*.sh: change those.

/** Version of what this program and the host's part say to each other; another one is refused at the first word. */
export const protocol = 3;

/** The host's part without its first lines, which say whose it is. */
export const hostScript: string = [
${lines.map((line) => `  ${JSON.stringify(line)},`).join("\n")}
].join("\\n");
`,
);
