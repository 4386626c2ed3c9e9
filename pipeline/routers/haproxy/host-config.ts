import { defaultLines, logFormat, names, requestLines } from "./config.ts";

export type HostHaproxy = {
  /** Port of every IPv4 address of the host: a host without IPv6 takes no other. */
  port: number;
  /** Path of the runtime interface's socket. */
  runtime: string;
};

/** Places for releases: one is live, the other one comes or is kept warm. */
const slots = ["blue", "green"];

/**
 * HAProxy as the router of one application on a host. It is written once: where a slot's release listens, and its weight,
 * are set by the runtime interface. Lines of its log begin with a number that rises, and stay in a ring that the runtime
 * interface shows; so nothing else has to take them.
 */
export const hostHaproxyConfiguration = ({ port, runtime }: HostHaproxy): string =>
  `${[
    "global",
    "    nbthread 1",
    "    maxconn 20000",
    "    no strict-limits",
    `    stats socket ${runtime} mode 600 level admin`,
    "    stats timeout 1m",
    "    user haproxy",
    "    group haproxy",
    "    log ring@requests local0",
    "",
    "ring requests",
    "    format raw",
    "    maxlen 256",
    "    size 4194304",
    "",
    "defaults",
    "    mode http",
    "    log global",
    `    log-format "${logFormat("0 %rt")}"`,
    ...defaultLines,
    "",
    `frontend ${names.frontend}`,
    `    bind *:${port}`,
    ...requestLines,
    "",
    `backend ${names.backend}`,
    "    balance roundrobin",
    "    default-server pool-purge-delay 100ms",
    ...slots.map((slot) => `    server ${slot} 127.0.0.1:1 weight 0 disabled`),
  ].join("\n")}\n`;
