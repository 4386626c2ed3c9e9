import { type Client, connect } from "@dagger.io/dagger";
import { fail, ok, type Result } from "../../result.ts";
import type { Secret } from "../../secret.ts";
import type { DaggerSession } from "./executor.ts";
import { excluded } from "./mapping.ts";

/** What a session and a checkout on this machine give an executor; the rest of it is the plan's. */
export type CheckoutSession = Omit<DaggerSession, "app" | "version" | "fresh">;

/**
 * Joins the session that `dagger run` opened, for a checkout (an absolute path) on this machine. Without a session
 * it is refused: an engine is not installed behind anybody's back.
 */
export async function joinSession(
  checkout: string,
  secrets: Record<string, Secret>,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Result<CheckoutSession>> {
  if (variables.DAGGER_SESSION_PORT === undefined)
    return fail({
      kind: "unsupported",
      step: "run",
      what: "containers without a Dagger session",
      executor: "dagger",
      remedy: "Start it as `dagger run bellwether …`, or use `--executor host`.",
    });
  const { client, end } = await connected();
  const source = client.host().directory(checkout, { exclude: [...excluded] });
  const given = Object.entries(secrets).map(([name, secret]) => [
    name,
    client.setSecret(name, secret.reveal()),
  ]);
  return ok({ client, source, secrets: Object.fromEntries(given), checkout, end });
}

/** The SDK's session lasts as long as a callback: here it lasts until `end`. */
function connected(): Promise<{ client: Client; end: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const session = connect(
      (client) =>
        new Promise<void>((leave) => {
          resolve({
            client,
            end: () => {
              leave();
              return session;
            },
          });
        }),
    );
    session.catch(reject);
  });
}
