import { hostHaproxyConfiguration } from "./host-config.ts";
import { HostCounters } from "./host-counters.ts";
import { haproxyWeights, sharesOf } from "./weights.ts";

/** HAProxy as the router of an application on a host. */
export const haproxyOnHost = {
  configuration: hostHaproxyConfiguration,
  weights: haproxyWeights,
  shares: sharesOf,
  counters: () => new HostCounters(),
};
