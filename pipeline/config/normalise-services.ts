import { minVersion } from "semver";
import type { ServiceKind, ServiceSpec } from "./config.ts";
import type { WrittenService } from "./schema-checks.ts";
import { kindOf } from "./written.ts";

const defaultVersion: Record<ServiceKind, string> = { postgres: ">=15", redis: ">=6" };

/** Variables under which steps find a server where nothing else is written, with what they hold. */
export const serviceVariables: Record<ServiceKind, ServiceSpec["environment"]> = {
  postgres: {
    DATABASE_URL: "url",
    PGHOST: "host",
    PGPORT: "port",
    PGUSER: "user",
    PGPASSWORD: "password",
    PGDATABASE: "database",
  },
  redis: { REDIS_URL: "url", REDIS_HOST: "host", REDIS_PORT: "port", REDIS_PASSWORD: "password" },
};

/** A server's specification. Where its kind cannot be told the rules say so, and postgres stands in. */
export function normaliseService(name: string, written: WrittenService, app: string): ServiceSpec {
  const kind = kindOf(name, written) ?? "postgres";
  const version = written.version ?? defaultVersion[kind];
  const database = written.database ?? (kind === "redis" ? "0" : app.replaceAll("-", "_"));
  return {
    name,
    kind,
    version,
    image: written.image ?? `${kind}:${minVersion(version)?.major ?? "latest"}`,
    database,
    user: written.user ?? (kind === "redis" ? "default" : database),
    init: written.init === undefined ? [] : [written.init].flat(),
    extensions: written.extensions ?? [],
    environment: written.env ?? serviceVariables[kind],
  };
}
