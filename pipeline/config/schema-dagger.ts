import { z } from "zod";
import { keyed } from "./schema-parts.ts";

const address = z
  .string()
  .regex(/^[a-z0-9][^\s=]*$/, { error: "an image's address, such as registry.example/node:24-slim" });

/** What differs where steps run in a Dagger engine. */
export const dagger = keyed({
  images: z
    .record(address, address)
    .optional()
    .describe(
      "Where containers really come from, by the address that this file or Bellwether names: for an engine that does not reach a public registry.",
    ),
});
