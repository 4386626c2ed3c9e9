import type { Client, Directory, GitRepository, Secret } from "@dagger.io/dagger";
import type { Config } from "../config/config.ts";
import { noPins, type Pins, pinsFile } from "../config/pins.ts";
import { checkPins } from "../config/schema-pins.ts";
import type { Context } from "../context/context.ts";
import { requireRunnable } from "../context/runnable.ts";
import { readConfig } from "../executors/dagger/configuration.ts";
import { type Session, visible } from "../executors/dagger/container.ts";
import { readContext, type Wanted } from "../executors/dagger/context.ts";
import { historyOf, placeOf } from "../executors/dagger/history.ts";
import { addressesOf, containersOf, readReplacements } from "../executors/dagger/images.ts";
import { moduleProgram } from "../executors/dagger/program.ts";
import { systemClock } from "../io/clock.ts";
import { explainLines } from "../report/failure.ts";
import { fail, ok, type Result } from "../result.ts";

/** What all functions are about: the constructor's arguments, in a session. */
export type Door = {
  client: Client;
  source: Directory;
  git: GitRepository;
  /** Path of the configuration in the source. */
  file: string;
  /** Replaced image addresses as typed, WRITTEN=USED. */
  images: string[];
  /** Variables to be handed on, NAME=VALUE. */
  variables: string[];
  secretNames: string[];
  secrets: Secret[];
};

/** A door with its configuration read: what executor and effects need of a session. */
export type Opened = { door: Door; config: Config; pins: Pins; session: Session };

/** Reads the configuration and the pins; what is wrong with them or with the arguments is thrown in words. */
export async function open(door: Door): Promise<Opened> {
  const { client, source, file } = door;
  const [config, pins] = await Promise.all([readConfig(source, file), readPins(source)]);
  const read = orThrow(config);
  const replaced = orThrow(readReplacements(door.images, containersOf(read)));
  const known = orThrow(pins);
  const session: Session = {
    client,
    source: visible(source),
    history: null,
    secrets: orThrow(namedSecrets(door)),
    address: addressesOf({ ...read.dagger.images, ...replaced }, known.containers),
    program: moduleProgram(client.currentModule().source()),
    variables: orThrow(namedValues(door.variables)),
  };
  return { door, config: read, pins: known, session };
}

/** Why and where a function runs. With `runs`, what is asked for must be what is checked out. */
export async function contextOf(
  { door, config, session }: Opened,
  wanted: Wanted,
  runs: boolean,
): Promise<Context> {
  const { git, file } = door;
  const place = orThrow(await placeOf(config.app, file, git));
  const context = orThrow(await readContext({ ...session, place }, git, wanted));
  if (!runs) return context;
  // What runs is of this day: how old the scanners' knowledge may be is decided by it.
  const now = { ...context, time: systemClock.now() };
  return orThrow(requireRunnable(now, { directory: "the source", head: await git.head().commit() }));
}

/** The session with what git knows, for what reads history. */
export const withHistory = ({ door, session }: Opened): Session => ({
  ...session,
  history: historyOf(door.git.head()),
});

/** Only a function's message reaches the caller, so a failure is thrown as its words. */
export function orThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(explainLines(result.failure).join("\n"));
  return result.value;
}

async function readPins(source: Directory): Promise<Result<Pins>> {
  if (!(await source.exists(pinsFile))) return ok(noPins);
  const text = await source.file(pinsFile).contents();
  const checked = checkPins(jsonOf(text));
  if (checked.ok) return checked;
  return fail({
    kind: "file-corrupt",
    file: pinsFile,
    what: "list of pinned images",
    reason: checked.failure,
    remedy: "Make it again with `bellwether pin`.",
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Pairs names and secrets by their places: a signature cannot have a map. */
function namedSecrets({ secretNames, secrets }: Door): Result<Record<string, Secret>> {
  if (secretNames.length !== secrets.length)
    return fail({
      kind: "usage",
      got: `${secretNames.length} secret names and ${secrets.length} secrets`,
      expected: "one name for each secret, in the same order",
      remedy: "Write for example --secret-names=TOKEN --secrets=env:TOKEN.",
    });
  return ok(Object.fromEntries(secrets.map((secret, at) => [secretNames[at] ?? "", secret])));
}

function namedValues(texts: string[]): Result<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const text of texts) {
    const name = /^([A-Za-z_]\w*)=/.exec(text)?.[1];
    if (name === undefined)
      return fail({
        kind: "usage",
        // What stands there may be a value that nobody should see.
        got: "a variable without a name",
        expected: "NAME=VALUE",
        remedy: "Write for example --variables=NPM_CONFIG_REGISTRY=https://registry.example.",
      });
    values[name] = text.slice(name.length + 1);
  }
  return ok(values);
}
