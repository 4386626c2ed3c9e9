import { z } from "zod";
import { configSchema } from "./schema.ts";

/** The JSON Schema (draft-07, which editors read) of what may be written in bellwether.yaml. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { target: "draft-7", io: "input" });
  return {
    ...schema,
    title: "bellwether.yaml",
    description: configSchema.description ?? "The pipeline of a system.",
  };
}
