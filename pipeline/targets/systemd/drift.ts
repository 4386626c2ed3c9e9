import type { Drift } from "../../deploy/drift.ts";
import { about } from "./answer.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import type { Knowledge } from "./knowledge.ts";

/** What `drift` answered on one host. */
export function driftIn(fleet: Fleet, host: Host, known: Knowledge, lines: readonly string[]): Drift[] {
  const seen = known.seen.find((one) => one.host === host.name)?.seen;
  const on = fleet.hosts.length > 1 ? ` on ${host.name}` : "";
  const drift = (directory: string, what: string, found: string, placeable: boolean): Drift[] => {
    const [id, release] =
      Object.entries(seen?.releases ?? {}).find(([, one]) => one.directory === directory) ?? [];
    return id && release
      ? [
          {
            release: id,
            version: release.version,
            what: `${what}${on}`,
            expected: "as it was placed",
            found,
            placeable,
          },
        ]
      : [];
  };
  return [
    ...about(lines, "file").flatMap((line) => {
      const [directory = "", ...path] = line.split(" ");
      return drift(directory, `file ${path.join(" ").replace(/^\.\//, "")}`, "changed", true);
    }),
    ...about(lines, "unit").flatMap((line) => {
      const [directory = "", name = "", found = ""] = line.split(" ");
      return drift(directory, `unit ${name}`, found.replace("drop-in:", "with the drop-in "), false);
    }),
  ];
}
