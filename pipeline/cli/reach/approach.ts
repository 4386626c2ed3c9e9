import type { Config } from "../../config/config.ts";
import type { Desk } from "../desk.ts";

/**
 * Begins to shake hands with the hosts of an environment while the rest is read. What goes wrong is told by whoever uses
 * the connection.
 */
export async function approach(config: Config, name: string, root: string, desk: Desk): Promise<void> {
  const target = config.environments[name]?.target;
  if (target?.kind !== "systemd") return;
  const { connectHosts } = await import("./hosts.ts");
  connectHosts(target, root, desk);
}
