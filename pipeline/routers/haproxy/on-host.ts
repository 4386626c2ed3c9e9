import { serverWeights, sharesOf } from "../weights.ts";
import { hostHaproxyConfiguration } from "./host-config.ts";
import { HostCounters } from "./host-counters.ts";

/** HAProxy as the router of an application on a host. */
export const haproxyOnHost = {
  name: "haproxy",
  title: "HAProxy",
  installs: ["haproxy", "socat"],
  needs: [],
  file: "haproxy.cfg",
  configuration: hostHaproxyConfiguration,
  service: (file: string): string[] => [
    "Type=notify",
    `ExecStartPre=/usr/sbin/haproxy -q -c -f ${file}`,
    `ExecStart=/usr/sbin/haproxy -Ws -f ${file}`,
  ],
  /** Weights change by its runtime interface: nothing is lost with any version. */
  unfit: (): string | null => null,
  weights: serverWeights,
  shares: sharesOf,
  counters: () => new HostCounters(),
};
