import { at } from "../repository.ts";
import type { NodeProject } from "./node-project.ts";
import { portOf, type Surroundings } from "./surroundings.ts";

const code = /\.[cm]?[jt]s$/;
const apart = /(^|\/)(tests?|__tests__|e2e|node_modules|dist|build)\/|\.(test|spec|config|d)\.\w+$/;

/** What opens a port, whatever the framework. */
const listening = /\blisten\s*\(|\bserve\s*\(|\bWebSocketServer\s*\(/;

/** A variable with the number that stands in for it. */
const variable = /\b(?:env\.(\w*PORT)\b|env\[["'](\w*PORT)["']\])(?:[^\d\n]{0,16}?\b(\d{4,5})\b)?/g;

/** Ports at which a program asks others. */
const others = /REDIS|VALKEY|POSTGRES|PG|DB|DATABASE|SQL|MONGO|RABBIT|AMQP|KAFKA|NATS|SMTP|MAIL|PROXY|DEBUG/;

const literal = /\blisten\s*\(\s*(?:\{\s*port:\s*)?(\d{2,5})\b/;

/** Files of sources that are looked at for a port: more of them tell no more. */
const most = 500;

export type Listening = { port: number /** Where the program looks for it. */; variable: string };

/**
 * The port of a program of Node: the one that the platform names, or else its sources. Null where nothing of it is
 * seen to listen: a worker has no port, and a rollout that waited for one would never end well.
 */
export function listeningOf(project: NodeProject, around: Surroundings): Listening | null {
  const texts = project.files
    .filter((path) => code.test(path) && !apart.test(path))
    .slice(0, most)
    .map((path) => ({ path, text: around.repository.text(at(project.directory, path)) ?? "" }));
  const named = texts.flatMap(({ text }) => variablesIn(text));
  const own = named.find(({ name }) => name === "PORT") ?? named[0];
  const fixed = texts.flatMap(({ path, text }) => {
    const port = literal.exec(text)?.[1];
    return port === undefined ? [] : [{ path, port: Number(port) }];
  })[0];
  if (own === undefined && fixed !== undefined)
    around.say({
      kind: "unknown",
      what: `whether ${around.name} listens where it is told: ${at(project.directory, fixed.path)} says ${fixed.port}`,
      remedy: "let it listen on process.env.PORT: two releases beside each other need two ports",
    });
  const seen = own !== undefined || fixed !== undefined || texts.some(({ text }) => listening.test(text));
  const port = portOf(around) ?? own?.port ?? fixed?.port ?? (seen ? 3000 : null);
  return port === null ? null : { port, variable: own?.name ?? "PORT" };
}

/** Another name than PORT counts beside what listens: elsewhere it may be anybody's. */
function variablesIn(text: string): { name: string; port: number | undefined }[] {
  return [...text.matchAll(variable)]
    .map(([, dotted, quoted, port]) => ({
      name: dotted ?? quoted ?? "",
      port: port === undefined ? undefined : Number(port),
    }))
    .filter(({ name }) => name === "PORT" || (!others.test(name) && listening.test(text)));
}
