import { join } from "node:path";
import { readState, writeState } from "../../../io/state.ts";
import { fail, ok, type Result } from "../../../result.ts";

/** What a persistent server needs to be found again: `facts.json`, mode 600, in its directory. */
export type KeptFacts = {
  /** Where the data are: beside this file, or elsewhere where the server's user could not reach that. */
  data: string;
  user: string;
  password: string;
  /** The port it had last, used again while it is free; 0 where it never had one. */
  port: number;
  /** The database was made and the init file was run. */
  furnished: boolean;
};

function isFacts(json: unknown): json is KeptFacts {
  if (typeof json !== "object" || json === null) return false;
  const { data, user, password, port, furnished }: Partial<Record<keyof KeptFacts, unknown>> = json;
  return (
    [data, user, password].every((text) => typeof text === "string" && text !== "") &&
    Number.isInteger(port) &&
    typeof furnished === "boolean"
  );
}

const file = (directory: string) => join(directory, "facts.json");

export const keepFacts = (directory: string, facts: KeptFacts): Promise<void> =>
  writeState(file(directory), facts);

/** Null where there are none; of a corrupt file the previous copy serves (B7). */
export async function keptFacts(directory: string): Promise<Result<KeptFacts | null>> {
  const check = (json: unknown): Result<KeptFacts, string> => {
    return isFacts(json) ? ok(json) : fail("it does not hold a server's facts");
  };
  const words = { what: "server facts", remedy: `restore ${file(directory)}` };
  const read = await readState(file(directory), check, words);
  if (!read.ok) return read;
  return ok(read.value.copy === "none" ? null : read.value.value);
}
