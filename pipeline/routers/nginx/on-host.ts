import gte from "semver/functions/gte.js";
import valid from "semver/functions/valid.js";
import { serverWeights, sharesOf } from "../weights.ts";
import { hostNginxConfiguration } from "./host-config.ts";
import { HostNginxCounters } from "./host-counters.ts";

/** From here on a reload leaves clients time for the request that they are about to send. */
const lossless = "1.27.4";

/** nginx as the router of an application on a host, for those who have it. */
export const nginxOnHost = {
  name: "nginx",
  title: "nginx",
  installs: ["socat"],
  needs: ["nginx"],
  file: "nginx.conf",
  configuration: hostNginxConfiguration,
  service: (file: string): string[] => [
    "Type=exec",
    `ExecStart=nginx -e stderr -c ${file} -g 'daemon off;'`,
    "ExecReload=/bin/kill -HUP $MAINPID",
    "KillSignal=SIGQUIT",
    "TimeoutStopSec=10",
    // Where distributions keep what nginx cannot hold in memory.
    "ReadWritePaths=-/var/lib/nginx -/var/cache/nginx -/usr/local/nginx",
  ],
  /** Why this version cannot do it, or null; `promised`: no request may be lost in a switch. */
  unfit: (version: string, promised: boolean): string | null =>
    !promised || (valid(version) !== null && gte(version, lossless))
      ? null
      : `its nginx ${version || "of no known version"} loses requests when weights change: ${lossless} is the first that need not`,
  weights: serverWeights,
  shares: sharesOf,
  counters: () => new HostNginxCounters(),
};
