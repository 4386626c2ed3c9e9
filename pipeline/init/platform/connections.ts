import { serviceVariables } from "../../config/normalise-services.ts";
import type { Composed, Server } from "./compose.ts";

/** What a variable of the project holds of a server: one of its facts, or text made of several. */
export type Connection = {
  server: string;
  variable: string;
  fact: string;
  /** Only tests look for it there. */
  ofTests: boolean;
};

const facts: Record<Server["kind"], [RegExp, string][]> = {
  postgres: [
    [/(POSTGRES|PG|DB|DATABASE).*HOST/, "host"],
    [/(POSTGRES|PG|DB|DATABASE).*PORT/, "port"],
    [/(POSTGRES|PG|DB|DATABASE).*USER/, "user"],
    [/(POSTGRES|PG|DB|DATABASE).*PASS/, "password"],
    [/(POSTGRES_DB|PGDATABASE|DATABASE_NAME|(DB|POSTGRES)_(NAME|DATABASE))$/, "database"],
    [/(DATABASE|POSTGRES|DB|PG).*(URL|URI|DSN)$/, "url"],
  ],
  redis: [
    [/REDIS.*HOST/, "host"],
    [/REDIS.*PORT/, "port"],
    [/REDIS.*PASS/, "password"],
    [/REDIS.*(URL|URI|DSN)$/, "url"],
  ],
};

type Variables = [name: string, value: string][];

/** Names under which the project looks for its servers, from what it sets in compose files, examples and jobs of tests. */
export function connectionsOf(composed: Composed, examples: Variables, jobs: Variables): Connection[] {
  const set = new Map([...jobs, ...examples]);
  const own = new Set(examples.map(([name]) => name));
  for (const { environment } of composed.built)
    for (const [name, value] of Object.entries(environment)) {
      set.set(name, value);
      own.add(name);
    }
  return composed.servers.flatMap(({ name: server, kind }) =>
    [...set].flatMap(([variable, value]) => {
      const fact = facts[kind].find(([pattern]) => pattern.test(variable))?.[1];
      if (fact === undefined || (fact === "url" && isElsewhere(kind, value))) return [];
      const ofTests = !own.has(variable) || /(^|_)TESTS?(_|$)/.test(variable);
      return [{ server, variable, fact: shaped(fact, value, server), ofTests }];
    }),
  );
}

/** A URL of another scheme is that of another server. */
function isElsewhere(kind: Server["kind"], value: string): boolean {
  const scheme = /^([a-z][a-z0-9+]*):\/\//i.exec(value)?.[1] ?? kind;
  return !(kind === "postgres" ? /^(postgres|psql|pg|jdbc|timescale)/i : /^(redis|valkey|unix)/i).test(
    scheme,
  );
}

/** Whether the names are those that a service has anyhow. */
export const areUsual = (kind: Server["kind"], connections: Connection[]): boolean =>
  connections.every(({ variable, fact }) => variable in serviceVariables[kind] && !fact.includes("$"));

/** A URL with a driver in its scheme is another text than the server's own URL. */
function shaped(fact: string, value: string, server: string): string {
  const scheme = /^(postgres(?:ql)?\+\w+):\/\//.exec(value)?.[1];
  if (fact !== "url" || scheme === undefined) return fact;
  const part = (name: string) => `\${SERVER.${server}.${name}}`;
  return `${scheme}://${part("user")}:${part("password")}@${part("host")}:${part("port")}/${part("database")}`;
}
