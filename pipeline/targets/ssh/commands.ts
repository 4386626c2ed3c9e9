import { shellWord } from "../../shell-word.ts";

/** How one host is reached by the system's ssh: `destination` as its command line takes it, e.g. deploy@web-1. */
export type SshAddress = {
  destination: string;
  port: number | null;
  /** Path of an ssh_config(5) that is read instead of the user's own; null: the user's. */
  config: string | null;
  /** Path of a file with the keys of hosts; null: the user's. */
  knownHosts: string | null;
};

const option = (text: string): string[] => ["-o", text];
const place = ({ config, port, knownHosts }: SshAddress): string[] => [
  ...(config === null ? [] : ["-F", config]),
  ...(port === null ? [] : ["-p", String(port)]),
  ...(knownHosts === null ? [] : option(`UserKnownHostsFile=${knownHosts}`)),
];

/**
 * The one connection that everything else goes through. It says "connected" once it is there; a host whose key is not
 * known is refused; a link that is silent for nine seconds is taken as cut.
 */
export const masterArguments = (address: SshAddress, socket: string): string[] => [
  "ssh",
  ...place(address),
  ...["-N", "-M", "-S", socket],
  ...option("BatchMode=yes"),
  ...option("StrictHostKeyChecking=yes"),
  ...option("ConnectTimeout=10"),
  ...option("ServerAliveInterval=3"),
  ...option("ServerAliveCountMax=3"),
  ...option("ControlPersist=no"),
  ...option("PermitLocalCommand=yes"),
  ...option("LocalCommand=echo connected"),
  address.destination,
];

/** Through the shared connection or not at all: without it, ssh would open one of its own. */
const shared = (address: SshAddress, socket: string): string[] => [
  "ssh",
  ...place(address),
  ...["-S", socket],
  ...option("BatchMode=yes"),
  ...option("ControlMaster=no"),
  ...option("ProxyCommand=false"),
];

/** Runs words on the host. */
export const runArguments = (address: SshAddress, socket: string, words: readonly string[]): string[] => [
  ...shared(address, socket),
  address.destination,
  words.map(shellWord).join(" "),
];

/** Makes a port of the host's loopback reachable at a socket here. */
export const forwardArguments = (
  address: SshAddress,
  socket: string,
  { local, port }: { local: string; port: number },
): string[] => [
  ...shared(address, socket),
  ...["-O", "forward", "-L", `${local}:127.0.0.1:${port}`],
  address.destination,
];

/** The same with a file on standard input: its bytes pass through no memory of ours. */
export const withFile = (file: string, argv: readonly string[]): string[] => [
  "sh",
  "-c",
  'file=$1; shift; exec "$@" <"$file"',
  "sh",
  file,
  ...argv,
];
