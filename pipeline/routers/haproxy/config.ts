/** One place for a release in the configuration: `port` 0 is a free one. Weights as HAProxy counts them, 0 to 256. */
export type ConfiguredSlot = { name: string; port: number; weight: number };

export type HaproxyConfiguration = {
  /** Port of loopback on which clients are served. */
  port: number;
  /** Paths of the sockets: of HAProxy's runtime interface, and of ours that takes its log. */
  runtime: string;
  log: string;
  /** Number of this process; it begins each line of the log, which tells its lines from those of another one. */
  generation: number;
  slots: readonly ConfiguredSlot[];
};

/** Names in the configuration that the commands of the runtime interface use, too. */
export const names = { frontend: "front", backend: "releases", marks: "marks", mark: "mark" } as const;

/** Fields of a line of the log; `readLine` takes them apart again. */
export const logFormat = (generation: number | string): string =>
  `${generation} %s %ST %TR %Tw %Tc %Tr %Ta %ts`;

const text = `content-type "text/plain; charset=utf-8"`;
const error = (status: number, words: string): string =>
  `    http-error status ${status} ${text} hdr Retry-After 1 string "bellwether: ${words}\\n"`;

/** What holds wherever HAProxy is ours: time limits, and answers of its own where a release gave none. */
export const defaultLines: readonly string[] = [
  "    retries 1",
  "    retry-on conn-failure empty-response",
  "    option redispatch 1",
  "    timeout connect 5s",
  "    timeout http-request 60s",
  "    timeout http-keep-alive 65s",
  "    timeout client 65s",
  "    timeout server 60s",
  "    timeout tunnel 7d",
  error(502, "the answer of the release broke off or was none"),
  error(503, "no answer from the release (connection refused)"),
  error(504, "no answer from the release in time"),
];

/** What is done with each request. */
export const requestLines: readonly string[] = [
  "    option forwardfor",
  "    http-request set-header X-Forwarded-Proto http unless { req.hdr(x-forwarded-proto) -m found }",
  "    http-request set-header X-Forwarded-Host %[req.hdr(host)] unless { req.hdr(x-forwarded-host) -m found }",
  "    http-request disable-l7-retry unless { method GET HEAD }",
  "    http-request wait-for-body time 60s at-least 1 if { req.hdr(expect) -m found }",
  "    http-request del-header Expect",
  "    http-request del-header Upgrade if { req.hdr(upgrade) -i -m beg h2c }",
  `    http-request return status 503 ${text} hdr Retry-After 1 string "bellwether: nothing is served here at the moment: no release is live\\n" if { nbsrv(${names.backend}) eq 0 }`,
  `    default_backend ${names.backend}`,
];

/**
 * The whole configuration. One thread, so that the log is in the order of the events and a turn of weights is one turn.
 * Idle connections to a release are looked through ten times a second, so that few are there when the release's own
 * limit closes them under a request; one without effect that met this is tried again.
 */
export const haproxyConfiguration = (wanted: HaproxyConfiguration): string =>
  `${[
    "global",
    "    nbthread 1",
    "    maxconn 4000",
    "    no strict-limits",
    "    noreuseport",
    `    stats socket ${wanted.runtime} mode 600 level admin`,
    "    stats timeout 1m",
    "    log ring@log local0",
    "",
    "ring log",
    "    format raw",
    "    maxlen 256",
    "    size 4194304",
    "    timeout connect 1s",
    "    timeout server 10s",
    `    server daemon unix@${wanted.log}`,
    "",
    "defaults",
    "    mode http",
    "    log global",
    `    log-format "${logFormat(wanted.generation)}"`,
    ...defaultLines,
    "",
    `frontend ${names.frontend}`,
    `    bind 127.0.0.1:${wanted.port}`,
    ...requestLines,
    "",
    `backend ${names.backend}`,
    "    balance roundrobin",
    "    default-server pool-purge-delay 100ms",
    ...wanted.slots.map(server),
    "",
    `backend ${names.marks}`,
    "    server always 127.0.0.1:1",
    `    server ${names.mark} 127.0.0.1:1 disabled`,
  ].join("\n")}\n`;

const server = ({ name, port, weight }: ConfiguredSlot): string =>
  port === 0
    ? `    server ${name} 127.0.0.1:1 weight 0 disabled`
    : `    server ${name} 127.0.0.1:${port} weight ${weight}`;
