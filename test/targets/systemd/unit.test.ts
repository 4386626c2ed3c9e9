import { expect, test } from "vitest";
import type { ReleaseComponent } from "../../../pipeline/deploy/release.ts";
import { environmentFile } from "../../../pipeline/targets/systemd/environment-file.ts";
import { execStart, unitText } from "../../../pipeline/targets/systemd/unit.ts";
import { release } from "../support/world.ts";

const place = {
  app: "quotes",
  directory: "/opt/quotes",
  user: "quotes",
  version: "1.2.3",
  workdir: "/opt/quotes/releases/1.2.3-abc/images/0123/app",
};

const component = (given: Partial<ReleaseComponent>): ReleaseComponent => {
  const [one] = release("1.2.3", [{ command: ["node", "server.js"], ...given }]).components;
  if (!one) throw new Error("no component");
  return one;
};

test("a unit is hardened, runs as its own user, and begins without a restart of its own", () => {
  const text = unitText(
    component({
      after: ["feed"],
      limits: { memoryBytes: 268_435_456, openFiles: 4_096 },
      unit: { CPUAffinity: "2 3", Restart: "always" },
      stopMs: 2_500,
    }),
    place,
  );
  expect(text).toBe(`[Unit]
Description=quotes api 1.2.3
After=network.target quotes-feed@@AT:feed@.service

[Service]
Type=exec
User=quotes
Group=quotes
WorkingDirectory=/opt/quotes/releases/1.2.3-abc/images/0123/app
EnvironmentFile=/opt/quotes/environment/api@@SLOT@
ExecStart=node server.js
SyslogIdentifier=api
KillMode=mixed
TimeoutStopSec=3
Restart=no
#live Restart=always
RestartSec=500ms
CPUAccounting=yes
MemoryAccounting=yes
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
UMask=0027
SystemCallArchitectures=native
CapabilityBoundingSet=
ReadWritePaths=/opt/quotes/shared
MemoryMax=268435456
MemorySwapMax=0
LimitNOFILE=4096
CPUAffinity=2 3

[Install]
WantedBy=multi-user.target
`);
});

test.each([
  [["node", "server.js"], "node server.js"],
  [["./bin/risk", "--env", "production"], "/w/bin/risk --env production"],
  [["bin/risk"], "/w/bin/risk"],
  [["/usr/bin/env", "x"], "/usr/bin/env x"],
  ['exec node server.js | tee "a b"', '/bin/sh -c "exec node server.js | tee \\"a b\\""'],
  [["echo", "100%", "$HOME", "a\\b", "line\nbreak", ""], 'echo 100%% "$$HOME" "a\\\\b" "line\\nbreak" ""'],
])("the command %j is written %j, so that systemd expands nothing", (command, line) => {
  expect(execStart(command, "/w")).toBe(line);
});

test("a value of the environment file is what it was, with quotes, dollars and lines", () => {
  expect(environmentFile({ A: "plain", B: 'say "$x" `y` \\z', C: "one\ntwo", D: "" })).toBe(
    'A="plain"\nB="say \\"\\$x\\" \\`y\\` \\\\z"\nC="one\ntwo"\nD=""\n',
  );
});
