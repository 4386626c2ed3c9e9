import { basename, dirname, join } from "node:path";
import { type Client, connect } from "@dagger.io/dagger";
import type { Failure } from "../../failure.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Secret } from "../../secret.ts";
import { visible } from "./container.ts";
import { type EngineTools, openEngine, type SessionAddress } from "./engine.ts";
import { engineVersion } from "./engine-version.ts";
import { engineWords } from "./engine-words.ts";
import type { DaggerSession } from "./executor.ts";
import { excluded } from "./mapping.ts";
import { moduleProgram, type Program } from "./program.ts";

/** What a session and a checkout on this machine give an executor; the rest of it is the plan's. */
export type CheckoutSession = Pick<
  DaggerSession,
  "client" | "source" | "history" | "secrets" | "program" | "checkout" | "end"
>;

export type SessionWish = EngineTools & {
  /** Absolute path. */
  checkout: string;
  secrets: Record<string, Secret>;
  /** Steps look at what git knows, too. */
  history: boolean;
  /** Path of the file that this process was started with. */
  program: string;
};

/**
 * Opens a session of the engine for a checkout on this machine: the one that `dagger run` opened, or one of its own
 * by the `dagger` on PATH. Without either it is refused: an engine is not installed behind anybody's back.
 */
export async function openSession(wish: SessionWish): Promise<Result<CheckoutSession>> {
  const { checkout, secrets, history, program } = wish;
  const joined = wish.variables.DAGGER_SESSION_PORT !== undefined;
  const opened = joined ? ok(null) : await openEngine(checkout, wish);
  if (opened === null) return fail(refused("containers without a Dagger engine", noEngine));
  if (!opened.ok) return fail(refused(opened.failure, noEngine));
  const leave = opened.value === null ? () => undefined : named(opened.value);
  const close = async (): Promise<void> => {
    leave();
    await opened.value?.end();
  };
  try {
    const { client, end } = await connected();
    const whole = async (): Promise<void> => {
      await end();
      await close();
    };
    const version = (await client.version()).replace(/^v/, "");
    if (version !== engineVersion) {
      await whole();
      const remedy = `Install dagger ${engineVersion}, or use \`--executor host\`.`;
      const what = `an engine of version ${version}: ${engineVersion} is the one that is known`;
      return fail(refused(what, remedy));
    }
    const given = Object.entries(secrets).map(([name, secret]) => [
      name,
      client.setSecret(name, secret.reveal()),
    ]);
    return ok({
      client,
      source: visible(client.host().directory(checkout, { exclude: [...excluded] })),
      history: history ? client.host().directory(join(checkout, ".git")) : null,
      secrets: Object.fromEntries(given),
      program: programOf(client, program),
      checkout,
      end: whole,
    });
  } catch (error) {
    await close();
    const words = engineWords(error);
    if (words === null) throw error;
    return fail(refused(`no session with the engine: ${words.join(" ")}`, noEngine));
  }
}

const noEngine = "Install dagger, start it as `dagger run bellwether …`, or use `--executor host`.";

const refused = (what: string, remedy: string): Failure => ({
  kind: "unsupported",
  step: "run",
  what,
  executor: "dagger",
  remedy,
});

/** Where the engine's client looks for its session; the function takes it away again. */
function named({ port, token }: SessionAddress): () => void {
  process.env.DAGGER_SESSION_PORT = String(port);
  process.env.DAGGER_SESSION_TOKEN = token;
  return () => {
    delete process.env.DAGGER_SESSION_PORT;
    delete process.env.DAGGER_SESSION_TOKEN;
  };
}

/** The program that runs here, for containers: its bundle needs nothing beside it, its sources need their packages. */
function programOf(client: Client, started: string): Program {
  if (started.endsWith(".ts"))
    return moduleProgram(
      client.host().directory(dirname(dirname(started)), { exclude: ["node_modules", "sdk"] }),
    );
  return {
    // Code that is kept for this machine's V8 has other bytes with each build: no container's key may hang on it.
    directory: client.host().directory(dirname(started), { exclude: ["compiled"] }),
    entry: ["node", `/bellwether/${basename(started)}`],
    packages: false,
  };
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
