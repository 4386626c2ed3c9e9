import { sha256 } from "../../canonical.ts";
import type { ServiceSpec } from "../../config/config.ts";
import type { ServerFacts } from "../../io/server.ts";

/** A service container, as a value. */
export type ServicePlan = {
  /** Unique over all apps and steps. */
  id: string;
  /** As the config names it. */
  name: string;
  image: string;
  /** Variables that are no secret. */
  variables: Record<string, string>;
  /** Variable that the server takes its password from. */
  passwordVariable: string;
  /** How the step reaches it: the host is the service's name, the port the image's own. */
  facts: ServerFacts;
  /** Replaces the image's own entry point and command; null: those. */
  args: string[] | null;
  /** What the image runs once, in the order of their names: a file of the source, or a text. */
  init: { from: { file: string } | { text: string }; to: string }[];
};

/**
 * The container of one service of one step. The password follows from whose it is: a random one would change the
 * step's definition, and nothing with a service would ever come from the cache. The server is thrown away, and only
 * the step that is bound to it can reach it.
 */
export function servicePlan(app: string, step: string, spec: ServiceSpec): ServicePlan {
  const id = `${app}/${step}/${spec.name}`;
  const facts = factsOf(spec, sha256(id).slice(0, 32));
  // The mark makes it a server of its own: two equal containers would be one server for both steps.
  const common = { id, name: spec.name, image: spec.image, facts };
  const mark = { BELLWETHER_STEP: step };
  return spec.kind === "postgres"
    ? {
        ...common,
        variables: { ...mark, POSTGRES_USER: spec.user, POSTGRES_DB: spec.database },
        passwordVariable: "POSTGRES_PASSWORD",
        args: null,
        init: initOf(spec),
      }
    : {
        ...common,
        variables: mark,
        passwordVariable: "REDIS_PASSWORD",
        args: ["sh", "-c", 'exec redis-server --requirepass "$REDIS_PASSWORD"'],
        init: [],
      };
}

/** The image runs what is in this directory, sorted by name. */
function initOf({ init, extensions }: ServiceSpec): ServicePlan["init"] {
  const text = extensions
    .map((name) => `create extension if not exists "${name.replaceAll('"', '""')}" cascade;\n`)
    .join("");
  const files: ServicePlan["init"][number]["from"][] = [
    ...(text === "" ? [] : [{ text }]),
    ...init.map((file) => ({ file })),
  ];
  return files.map((from, at) => ({
    from,
    to: `/docker-entrypoint-initdb.d/${String(at).padStart(2, "0")}.sql`,
  }));
}

function factsOf({ kind, name: host, user, database }: ServiceSpec, password: string): ServerFacts {
  const port = kind === "postgres" ? "5432" : "6379";
  const url =
    kind === "postgres"
      ? `postgresql://${encodeURIComponent(user)}:${password}@${host}:${port}/${encodeURIComponent(database)}`
      : `redis://:${password}@${host}:${port}/${encodeURIComponent(database)}`;
  return { url, host, port, user, password, database };
}
