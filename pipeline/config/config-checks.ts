import type { NotifyEvent } from "./notify-events.ts";

export type { NotifyEvent } from "./notify-events.ts";

/** A command: a string runs by `sh -c`, a list as argv. */
export type Command = string | string[];

export type SecretReference =
  | ({ from: "env"; name: string } & SecretRules)
  | ({ from: "file"; path: string } & SecretRules)
  | ({ from: "command"; run: Command; timeoutMs: number } & SecretRules);

export type SecretRules = { minLength: number };

/** [degraded, unhealthy]: ms, or fractions of what the host has. */
export type ThresholdPair = [number, number];

/** One check of an environment's health. `thresholds` are ms; null: any answer in time is HEALTHY. */
export type HealthCheck = { name: string } & (
  | ({ kind: "postgres" | "redis" | "websocket"; url: string } & Timing)
  | ({ kind: "http"; url: string; status: number; text: string | null } & Timing)
  | ({ kind: "tcp"; address: string } & Timing)
  | ({ kind: "command"; run: Command } & Timing)
  | {
      kind: "host";
      cpu: ThresholdPair | null;
      memory: ThresholdPair | null;
      disk: ThresholdPair | null;
    }
);

type Timing = { timeoutMs: number; thresholds: ThresholdPair | null };

/** A gate of the user's own. Texts may hold `${version}` and `${NAME}` of secrets and variables. */
export type GateSpec = { name: string } & (
  | {
      kind: "command";
      run: Command;
      environment: Record<string, string>;
      /** Names of `secrets`. */
      secrets: string[];
      timeoutMs: number;
    }
  | {
      kind: "http";
      url: string;
      headers: Record<string, string>;
      status: number;
      json: Record<string, unknown> | null;
      timeoutMs: number;
    }
  /** JUnit XML or JSON; `minPass` is a fraction. */
  | { kind: "file"; path: string; minPass: number; maxAgeMs: number }
  /** `item` is what a person confirms, in words. */
  | { kind: "confirm"; item: string; expiresMs: number }
);

/** `secret` is the key that signs messages; null: they are not signed. */
export type NotifyChannel = {
  kind: "slack" | "webhook";
  url: SecretReference;
  secret: SecretReference | null;
  on: NotifyEvent[];
};
