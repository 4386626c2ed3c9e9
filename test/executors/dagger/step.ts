import type { ServiceSpec } from "../../../pipeline/config/config.ts";
import type { HermeticStep } from "../../../pipeline/plan/plan.ts";
import { hermetic } from "../../support/hermetic.ts";

/** A step that runs `true`, with what the test says instead. */
export const step = (parts: Partial<HermeticStep> = {}): HermeticStep =>
  hermetic({
    id: "unit:tests",
    title: "tests",
    image: "debian:bookworm-slim",
    commands: [["true"]],
    ...parts,
  });

export const postgres: ServiceSpec = {
  name: "postgres",
  kind: "postgres",
  version: ">=15",
  image: "postgres:15-alpine",
  database: "quotes",
  user: "trader",
  init: [],
  extensions: [],
  environment: { DATABASE_URL: "url" },
};

export const redis: ServiceSpec = {
  name: "redis",
  kind: "redis",
  version: ">=7",
  image: "redis:7-alpine",
  database: "0",
  user: "default",
  init: [],
  extensions: [],
  environment: { REDIS_URL: "url" },
};
