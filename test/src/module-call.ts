import { type Client, dag, type Secret } from "@dagger.io/dagger";
import { Bellwether } from "../../pipeline/src/index.ts";
import { inSession } from "../support/dagger-session.ts";
import type { Answering } from "../support/recording-session.ts";

/** The constructor's arguments, but for the source and its repository. */
export type Given = {
  config?: string;
  images?: string[];
  variables?: string[];
  secretNames?: string[];
  secrets?: Secret[];
};

/** The module of an empty directory, which the recording engine knows as it likes. */
export const bellwether = (given: Given = {}): Bellwether =>
  new Bellwether(
    dag.directory(),
    dag.git("https://example.org/quotes"),
    given.config,
    given.images,
    given.variables,
    given.secretNames,
    given.secrets,
  );

/** With the one secret that the system of `fake-engine` uses. */
export const withToken = (client: Client, given: Given = {}): Bellwether =>
  bellwether({ ...given, secretNames: ["TOKEN"], secrets: [client.secret("env://TOKEN")] });

/** What a call gives or throws, and the queries that it made; each array is the session's own. */
export const call = <T>(
  answer: Answering,
  work: (client: Client) => Promise<T>,
): Promise<{ value: T | null; error: string; queries: string[]; raw: string[] }> =>
  inSession(answer, async (client, { queries, raw }) => {
    try {
      return { value: await work(client), error: "", queries, raw };
    } catch (error) {
      return { value: null, error: error instanceof Error ? error.message : String(error), queries, raw };
    }
  });
