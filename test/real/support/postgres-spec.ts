import type { ServerSpec } from "../../../pipeline/io/server.ts";

/** The PostgreSQL of a system that furnishes it by a file. */
export const spec = (init: string): ServerSpec => ({
  ...{ kind: "postgres", name: "postgres", version: ">=15", database: "trades", user: "trader" },
  extensions: ["pgcrypto"],
  init: [init],
});
