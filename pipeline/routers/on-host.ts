import { haproxyOnHost } from "./haproxy/on-host.ts";
import { nginxOnHost } from "./nginx/on-host.ts";

/** What can split the traffic on a host, by its name in the configuration. */
export const routersOnHost = { haproxy: haproxyOnHost, nginx: nginxOnHost };
