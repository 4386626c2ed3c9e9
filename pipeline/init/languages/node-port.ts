import { at } from "../repository.ts";
import type { NodeProject } from "./node-project.ts";
import { portOf, type Surroundings } from "./surroundings.ts";

const code = /\.[cm]?[jt]s$/;
const apart = /(^|\/)(tests?|__tests__|e2e|node_modules|dist|build)\/|\.(test|spec|config|d)\.\w+$/;

/** What opens a port, whatever the framework. */
const listening = /\blisten\s*[(:]|\bserve\s*\(|\bWebSocket(?:\.)?Server\s*\(|\.server\s*\(\s*\{/;

/** Packages that nobody has who does not listen. */
const servers =
  /^(express|koa|fastify|restify|polka|hono|socket\.io|apollo-server(-\w+)?|@(hapi\/hapi|nestjs\/core|apollo\/server|hono\/node-server))$/;

/** A variable with the number that stands in for it. */
const variable = /\b(?:env\.(\w*PORT)\b|env\[["'](\w*PORT)["']\])(?:[^\d\n]{0,16}?\b(\d{4,5})\b)?/g;

/** Ports at which a program asks others. */
const others = /REDIS|VALKEY|POSTGRES|PG|DB|DATABASE|SQL|MONGO|RABBIT|AMQP|KAFKA|NATS|SMTP|MAIL|PROXY|DEBUG/;

const literal = /\b(?:listen|[sS]erver)\s*\(\s*(?:\{\s*port:\s*)?(\d{2,5})\b/;

/** Files of sources that are looked at for a port: more of them tell no more. */
const most = 500;

/** A port, and the variable where the program looks for it. */
export type Listening = { port: number; variable: string };

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
  const seen =
    own !== undefined ||
    fixed !== undefined ||
    [...project.running].some((name) => servers.test(name)) ||
    texts.some(({ text }) => listening.test(text));
  const port = portOf(around) ?? own?.port ?? fixed?.port ?? (seen ? 3000 : null);
  return port === null ? null : { port, variable: own?.name ?? "PORT" };
}

/** Another name than PORT counts where it is listened on: elsewhere it is the port of somebody else. */
function variablesIn(text: string): { name: string; port: number | undefined }[] {
  return [...text.matchAll(variable)]
    .map(([, dotted, quoted, port]) => ({
      name: dotted ?? quoted ?? "",
      port: port === undefined ? undefined : Number(port),
    }))
    .filter(({ name }) => name === "PORT" || (!others.test(name) && isListenedOn(name, text)));
}

/** Whether what opens a port is given the variable, or what was made of it. */
function isListenedOn(name: string, text: string): boolean {
  const given = (word: string) => new RegExp(`(?:${listening.source})[^;\\n]{0,120}\\b${word}\\b`).test(text);
  const made = new RegExp(`\\b(?:const|let|var)\\s+(\\w+)\\b[^=;\\n]*=[^;\\n]*\\b${name}\\b`).exec(text)?.[1];
  return given(name) || (made !== undefined && given(made));
}
