import { z } from "zod";
import { keyed, text, variables } from "./schema-parts.ts";

const file = z.union(
  [
    text,
    keyed({
      path: text.describe("Path of the file, relative to the root."),
      schema: text
        .optional()
        .describe("JSON Schema (draft-07) that it must keep, relative to the root. Default: none."),
    }),
  ],
  { error: "a path, or a map with path and schema" },
);

/** Configuration files of the system itself: .json, .toml, .yaml or .yml. */
export const files = z.array(file, { error: "a list of files" });

const rule = keyed({
  "all-of": variables.describe("Variables and their values, with * for any text: either all of these hold …"),
  "or-all-of": z
    .union([variables, z.array(variables).min(1)], {
      error: "a map of variable to value, or a list of such maps",
    })
    .optional()
    .describe("… or all of these (of one of these)."),
});

/** Variables that must agree with each other. */
export const agreements = z.array(rule, { error: "a list of maps with all-of and or-all-of" });

const reach = keyed({
  tcp: text.optional().describe("HOST:PORT that takes a connection."),
  http: text.optional().describe("Address whose answer is below 500."),
  postgres: text.optional().describe("Address of a PostgreSQL, e.g. ${DATABASE_URL}."),
  redis: text.optional().describe("Address of a Redis, e.g. ${REDIS_URL}."),
}).refine((written) => Object.keys(written).length === 1, {
  error: "one of tcp, http, postgres, redis",
});

/** What must be reached from where the release runs. */
export const reaches = z.array(reach, { error: "a list of tcp, http, postgres or redis" });
