import type { z } from "zod";
import { checks, services, toolchains } from "./schema-checks.ts";
import { components, registries, secrets } from "./schema-components.ts";
import { dagger } from "./schema-dagger.ts";
import { environments } from "./schema-environments.ts";
import { images } from "./schema-images.ts";
import { keyed, name } from "./schema-parts.ts";
import { security } from "./schema-security.ts";

/** What a person may write in bellwether.yaml. Everything but `app` may be left out. */
export const configSchema = keyed({
  app: name.describe("Name of the system."),
  toolchains: toolchains
    .optional()
    .describe("Languages and their tools, by name. node, python and rust are understood."),
  services: services.optional().describe("Real servers for tests, thrown away afterwards, by name."),
  checks: checks.optional().describe("What every commit must pass."),
  security: security.optional().describe("Security scans."),
  components: components.optional().describe("The parts of the system that are shipped and run, by name."),
  images: images.optional().describe("Container images, by name."),
  registries: registries
    .optional()
    .describe("How to log in to registries, by host. Default: Docker's configuration of the caller."),
  secrets: secrets.optional().describe("Secrets by reference, resolved at the last moment, by variable."),
  dagger: dagger.optional().describe("What differs where steps run in a Dagger engine."),
  environments: environments
    .optional()
    .describe("Where releases run, by name, in the order of the way to production."),
});

/** The configuration as typed: short forms, units as text, kebab-case keys. */
export type WrittenConfig = z.input<typeof configSchema>;
