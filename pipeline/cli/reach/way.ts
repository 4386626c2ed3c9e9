import type { Config, Environment, ReachSpec } from "../../config/config.ts";
import type { EnvironmentRecord, EnvironmentStatus, OpenEnvironment } from "../../deploy/inspect.ts";
import type { Result } from "../../result.ts";
import type { JournalChoice } from "../../targets/journal/choice.ts";
import type { Desk } from "../desk.ts";

/** What an environment is reached with. */
export type ReachPlace = {
  config: Config;
  environment: Environment;
  root: string;
  state: string;
  desk: Pick<Desk, "clock" | "http" | "processes" | "variables" | "connections">;
};

/** An open environment; `shutdown` ends what was started only to look after it, where there is such a thing. */
export type Reached = OpenEnvironment & {
  shutdown?(): Promise<Result<void>>;
  /** Whether a service is reached from every host; null: it is. Without it, releases run here. */
  reach?(
    kind: ReachSpec["kind"],
    host: string,
    port: number,
    path: string,
  ): Promise<{ from: string; reason: string } | null>;
};

/** An environment as it stands: what is remembered of it, and what of it runs; null: nothing. */
export type Standing = { record: EnvironmentRecord | null; status: EnvironmentStatus | null };

/** How an environment is reached, whatever runs it. */
export interface Reach {
  /** For a deploy: what is needed for it is started, and configured once the lease is had. */
  open(): Promise<Result<Reached>>;
  /** As it was configured before; `nothing-live` where nothing was ever deployed. */
  existing(): Promise<Result<Reached>>;
  /** To write into its journal, or to end a rollout: whatever is live. */
  any(): Promise<Result<Reached>>;
  /** To look: nothing is started, and a host that is missing does not hide the others; null: nothing of it runs. */
  running(): Promise<Result<Reached | null>>;
  /** What is remembered, with no effect; null: there never was anything. */
  record(): Promise<Result<EnvironmentRecord | null>>;
  standing(): Promise<Result<Standing>>;
  journals(): Promise<Result<JournalChoice>>;
}
