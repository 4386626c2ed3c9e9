import { parse } from "yaml";
import { type Written, writeConfig } from "../../pipeline/init/init.ts";

/** What init writes for a repository of these files. */
export function look(
  files: Record<string, string>,
  name = "small",
): Written & { config: ReturnType<typeof parse> } {
  const repository = { name, files: Object.keys(files).sort(), text: (path: string) => files[path] ?? null };
  const written = writeConfig(repository, "bellwether.yaml", "linux/amd64");
  return { ...written, config: parse(written.text) };
}

/** What it says of that kind. */
export const said = ({ sayings }: Written, kind: string): string[] =>
  sayings.filter((saying) => saying.kind === kind).map(({ what }) => what);
