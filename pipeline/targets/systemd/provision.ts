import { sha256 } from "../../canonical.ts";
import { shellWord } from "../../shell-word.ts";
import { about } from "./answer.ts";
import { partOf } from "./host.ts";
import type { HostRouter } from "./host-router.ts";
import { hostScript, protocol } from "./host-script.ts";

/** What a host must have before anything of an application can be brought to it. */
export type Provisioning = {
  app: string;
  directory: string;
  /** User that the components run as. */
  user: string;
  /** Who comes by ssh; null: root, who needs no rule of sudo. */
  login: string | null;
  /** Port of the router; null: this host has none. */
  port: number | null;
  /** First and last port for components. */
  ports: [number, number];
  /** What splits the traffic there. */
  technology: HostRouter;
};

export type WantedFile = { path: string; mode: string; text: string };

/** One thing that is not as it should be, in words; nothing is left out of what would be done. */
export type Change = string;

const routerFile = ({ directory, technology }: Provisioning): string =>
  `${directory}/router/${technology.file}`;

const routerUnit = (given: Provisioning): string => {
  const { app, directory, technology } = given;
  return `${[
    "[Unit]",
    `Description=${app}: ${technology.title} in front of its releases`,
    "After=network.target",
    "",
    "[Service]",
    `RuntimeDirectory=${app}-router`,
    "RuntimeDirectoryMode=0755",
    `ExecStartPre=${partOf(app)} router-prepare`,
    ...technology.service(routerFile(given)),
    `ExecStartPost=${partOf(app)} router-up`,
    "KillMode=mixed",
    "Restart=always",
    "RestartSec=200ms",
    "LimitNOFILE=65536",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    `ReadWritePaths=${directory}`,
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectControlGroups=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
  ].join("\n")}\n`;
};

/** The host's part with its first lines: whose it is. */
export function partText(given: Provisioning): string {
  const { app, directory, user, port, ports } = given;
  const own: [string, string | number][] = [
    ["APP", app],
    ["DIR", directory],
    ["RUN_AS", user],
    ["ROUTER", port === null ? "none" : given.technology.name],
    ["PORTS_FROM", ports[0]],
    ["PORTS_TO", ports[1]],
    ["SELF", partOf(app)],
    ["PROTOCOL", protocol],
  ];
  return [
    "#!/bin/bash",
    ...own.map(([name, value]) => `${name}=${shellWord(String(value))}`),
    hostScript,
    "",
  ].join("\n");
}

/** Every file that a host must have. */
export function wantedFiles(given: Provisioning): WantedFile[] {
  const { app, directory, login, port } = given;
  return [
    { path: partOf(app), mode: "755", text: partText(given) },
    ...(login === null
      ? []
      : [
          {
            path: `/etc/sudoers.d/bellwether-${app}`,
            mode: "440",
            text: `${login} ALL=(root) NOPASSWD: ${partOf(app)}\n`,
          },
        ]),
    ...(port === null
      ? []
      : [
          {
            path: routerFile(given),
            mode: "644",
            text: given.technology.configuration({
              port,
              runtime: `/run/${app}-router/admin.sock`,
              directory: `${directory}/router`,
            }),
          },
          { path: `/etc/systemd/system/${app}-router.service`, mode: "644", text: routerUnit(given) },
        ]),
  ];
}

const directories = ["releases", "blobs", "slots", "router", "shared", "records", "exec", "environment"];

/** Asks a host what of it is there; changes nothing. Read by bash as root. */
export function questions(given: Provisioning): string {
  const { app, directory, user, port } = given;
  const at = shellWord(directory);
  return `${[
    "export LC_ALL=C",
    `echo "systemd $(systemctl --version 2>/dev/null | head -n 1)"`,
    'for tool in flock awk tar sha256sum base64 ss systemd-run; do command -v $tool >/dev/null || echo "lacks $tool"; done',
    ...(port === null
      ? []
      : [
          `for tool in ${given.technology.installs.join(" ")}; do command -v $tool >/dev/null || [ -x /usr/sbin/$tool ] || echo "package $tool"; done`,
          ...given.technology.needs.map(
            (tool) => `command -v ${tool} >/dev/null || [ -x /usr/sbin/${tool} ] || echo "lacks ${tool}"`,
          ),
        ]),
    `id -u ${shellWord(user)} >/dev/null 2>&1 || echo "user ${user}"`,
    ...directories.map((name) => `[ -d ${at}/${name} ] || echo "directory ${directory}/${name}"`),
    `[ -d ${at} ] && [ -x ${shellWord(partOf(app))} ] && grep -q '^DIR=' ${shellWord(partOf(app))} && echo "was $(sed -n 's/^DIR=//p' ${shellWord(partOf(app))})"`,
    ...wantedFiles(given).map(
      ({ path }) =>
        `echo "file ${path} $(sha256sum <${shellWord(path)} 2>/dev/null | cut -d' ' -f1) $(stat -c %a ${shellWord(path)} 2>/dev/null)"`,
    ),
    ...(port === null
      ? []
      : [
          `systemctl -q is-active ${app}-router && echo "router runs"`,
          `systemctl -q is-enabled ${app}-router 2>/dev/null && echo "router comes"`,
          `systemctl -q is-active ${app}-router || ss -Hltnp 'sport = :${port}' | sed -n 's/.*users:(("\\([^"]*\\)".*/taken \\1/p' | head -n 1`,
        ]),
    `[ -e ${at}/lease ] && echo "leased $(sed -n 's/^version //p' ${at}/lease)"`,
    "true",
  ].join("\n")}\n`;
}

/** What would have to be done, in words, by what the host answered; or why it cannot be. */
export function changesIn(
  given: Provisioning,
  lines: readonly string[],
): { changes: Change[]; refused: string | null } {
  const there = new Map(
    about(lines, "file").map((line) => [line.split(" ")[0] ?? "", line.split(" ").slice(1)] as const),
  );
  const files = wantedFiles(given).flatMap(({ path, text, mode }) => {
    const [digest = "", has = ""] = there.get(path) ?? [];
    if (digest === sha256(text) && has === mode) return [];
    return [digest === "" ? `write ${path}` : `change ${path}`];
  });
  const changes = [
    ...about(lines, "package").map((name) => `install ${name}`),
    ...about(lines, "user").map((name) => `add the user ${name}, who cannot log in`),
    ...about(lines, "directory").map((path) => `make ${path}`),
    ...files,
    ...(given.port === null || lines.includes("router runs") ? [] : [`start ${given.app}-router`]),
    ...(given.port === null || lines.includes("router comes")
      ? []
      : [`let ${given.app}-router start with the host`]),
  ];
  const lacks = about(lines, "lacks");
  const [taken] = about(lines, "taken");
  const [leased] = about(lines, "leased");
  const [was] = about(lines, "was");
  const refused =
    lacks.length > 0
      ? `it lacks ${lacks.join(", ")}`
      : !lines.some((line) => /^systemd systemd (2[5-9]\d|[3-9]\d\d)/.test(line))
        ? "it has no systemd of version 250 or newer"
        : taken !== undefined
          ? `port ${given.port} is taken by ${taken}`
          : was !== undefined && was !== given.directory
            ? `another environment of ${given.app} lies in ${was} there`
            : leased !== undefined && changes.length > 0
              ? `a rollout of ${leased} is under way`
              : null;
  return { changes, refused };
}

/** Makes a host so; again and again with the same end. Read by bash as root. */
export function provisionText(given: Provisioning): string {
  const { app, directory, user, port } = given;
  const at = shellWord(directory);
  const tools = port === null ? [] : given.technology.installs;
  return `${[
    "set -eu",
    "export LC_ALL=C DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ...(tools.length === 0
      ? []
      : [
          `lacking=""; for tool in ${tools.join(" ")}; do command -v $tool >/dev/null || lacking="$lacking $tool"; done`,
          'if [ -n "$lacking" ]; then if command -v apt-get >/dev/null; then apt-get -q -y -o DPkg::Lock::Timeout=120 install $lacking >&2 || { apt-get -q update >&2; apt-get -q -y install $lacking >&2; }; elif command -v dnf >/dev/null; then dnf -q -y install $lacking >&2; else echo "no package manager for$lacking" >&2; exit 1; fi; fi',
        ]),
    `id -u ${shellWord(user)} >/dev/null 2>&1 || useradd --system --user-group --home-dir ${at}/shared --no-create-home --shell /usr/sbin/nologin ${shellWord(user)}`,
    `mkdir -p ${directories.map((name) => `${at}/${name}`).join(" ")} /usr/local/lib/bellwether`,
    `chown ${shellWord(user)}: ${at}/shared; chmod 750 ${at}/shared; chmod 700 ${at}/environment ${at}/exec ${at}/blobs`,
    ...wantedFiles(given).flatMap(({ path, mode, text }) => [
      `base64 -d >${shellWord(`${path}.new`)} <<'END'`,
      Buffer.from(text)
        .toString("base64")
        .replace(/.{1,100}/g, "$&\n")
        .trimEnd(),
      "END",
      `chmod ${mode} ${shellWord(`${path}.new`)}`,
      ...(path.startsWith("/etc/sudoers.d/")
        ? [`if command -v visudo >/dev/null; then visudo -q -c -f ${shellWord(`${path}.new`)}; fi`]
        : []),
      `cmp -s ${shellWord(`${path}.new`)} ${shellWord(path)} && rm -f ${shellWord(`${path}.new`)} || { mv -f ${shellWord(`${path}.new`)} ${shellWord(path)}; changed="\${changed:-} ${path}"; }`,
      `chmod ${mode} ${shellWord(path)}`,
    ]),
    ...(port === null
      ? []
      : [
          "systemctl daemon-reload",
          `systemctl -q enable ${app}-router`,
          `case "\${changed:-}" in *router*) systemctl restart ${app}-router ;; *) systemctl start ${app}-router ;; esac`,
        ]),
    'echo "done"',
  ].join("\n")}\n`;
}
