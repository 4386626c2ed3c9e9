import { argvOf } from "../../config/command.ts";
import type { Command } from "../../config/config.ts";
import type { ReleaseComponent } from "../../deploy/release.ts";
import { unitName } from "./names.ts";

/** SIGTERM to SIGKILL (ms) where a component does not say otherwise. */
export const defaultStopMs = 10_000;

export type UnitPlace = {
  app: string;
  /** Everything of the application on the host, e.g. /opt/quotes. */
  directory: string;
  /** User and group that the component runs as. */
  user: string;
  version: string;
  /** Absolute path of the component's working directory on the host. */
  workdir: string;
};

/** What no component needs, taken from each: `systemd-analyze security` asks for it. */
const hardening = [
  "NoNewPrivileges=yes",
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "ProtectProc=invisible",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectControlGroups=yes",
  "ProtectKernelLogs=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelTunables=yes",
  "PrivateTmp=yes",
  "PrivateDevices=yes",
  "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "RemoveIPC=yes",
  "KeyringMode=private",
  "UMask=0027",
  "SystemCallArchitectures=native",
  "CapabilityBoundingSet=",
];

/**
 * The unit of one component, a template of its two instances: the host fills in `@SLOT@`, which of them it is, and
 * `@AT:NAME@`, which one of another component is beside it; a line that begins with `#live` holds once it is live (systemd.service(5), systemd.exec(5)). Lines of the configuration come last:
 * they win.
 */
export function unitText(component: ReleaseComponent, place: UnitPlace): string {
  const { app, directory, user, version, workdir } = place;
  const { name, command, after, limits, unit = {}, stopMs = defaultStopMs } = component;
  const { Restart: restart = "on-failure", ...tuning } = unit;
  return `${[
    "[Unit]",
    `Description=${app} ${name} ${version}`,
    `After=network.target${after.map((one) => ` ${unitName(app, one, `@AT:${one}@`)}`).join("")}`,
    "",
    "[Service]",
    "Type=exec",
    `User=${user}`,
    `Group=${user}`,
    `WorkingDirectory=${escaped(workdir)}`,
    `EnvironmentFile=${directory}/environment/${name}@@SLOT@`,
    `ExecStart=${execStart(command, workdir)}`,
    `SyslogIdentifier=${name}`,
    "KillMode=mixed",
    `TimeoutStopSec=${Math.ceil(stopMs / 1_000)}`,
    "Restart=no",
    `#live Restart=${restart}`,
    "RestartSec=500ms",
    "CPUAccounting=yes",
    "MemoryAccounting=yes",
    ...hardening,
    `ReadWritePaths=${directory}/shared`,
    ...(limits?.memoryBytes ? [`MemoryMax=${limits.memoryBytes}`, "MemorySwapMax=0"] : []),
    `LimitNOFILE=${limits?.openFiles ?? 65536}`,
    ...Object.entries(tuning).map(([key, value]) => `${key}=${value}`),
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ].join("\n")}\n`;
}

/** A command line of systemd.service(5): an absolute program, every argument in quotes, nothing expanded. */
export function execStart(command: Command, workdir: string): string {
  const [program = "", ...rest] = argvOf(command);
  const found = program === "sh" ? "/bin/sh" : program;
  const path =
    found.includes("/") && !found.startsWith("/") ? `${workdir}/${found.replace(/^\.\//, "")}` : found;
  return [path, ...rest].map(quoted).join(" ");
}

const quoted = (text: string): string => {
  const plain = escaped(text).replaceAll("$", "$$$$");
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text)
    ? plain
    : `"${plain.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
};

/** `%` begins a specifier in units. */
const escaped = (text: string): string => text.replaceAll("%", "%%");
