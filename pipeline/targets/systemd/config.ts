import type { SshAddress } from "../ssh/commands.ts";
import type { Split } from "./split.ts";

/** Where an environment runs, ready for use. */
export type SystemdSpec = {
  hosts: { name: string; address: SshAddress; components: string[] }[];
  /** Port of the router on each host that has the component with the traffic; null: nothing listens. */
  port: number | null;
  directory: string;
  /** User that the components run as. */
  user: string;
  sudo: boolean;
  split: Split;
  /** Hosts that are worked on at the same time. */
  parallel: number;
};
