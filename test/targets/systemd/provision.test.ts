import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sha256 } from "../../../pipeline/canonical.ts";
import { haproxyOnHost } from "../../../pipeline/routers/haproxy/on-host.ts";
import { nginxOnHost } from "../../../pipeline/routers/nginx/on-host.ts";
import { hostScript } from "../../../pipeline/targets/systemd/host-script.ts";
import {
  changesIn,
  type Provisioning,
  partText,
  provisionText,
  questions,
  wantedFiles,
} from "../../../pipeline/targets/systemd/provision.ts";

const given: Provisioning = {
  app: "quotes",
  directory: "/opt/quotes",
  user: "quotes",
  login: "deploy",
  port: 80,
  ports: [21_000, 21_999],
  technology: haproxyOnHost,
};
const systemd = "systemd systemd 252 (252.39-1~deb12u2)";
const asWanted = wantedFiles(given).map(({ path, text, mode }) => `file ${path} ${sha256(text)} ${mode}`);
const well = [systemd, ...asWanted, "router runs", "router comes", "was /opt/quotes"];

test("the committed part of the host is what its files say", () => {
  const home = new URL("../../../pipeline/targets/systemd/host/", import.meta.url);
  const files = readdirSync(home).sort();
  expect(hostScript).toBe(
    files.map((name) => readFileSync(new URL(name, home), "utf8").trimEnd()).join("\n"),
  );
});

test("bash takes the host's part, and what provision sends", () => {
  for (const text of [partText(given), provisionText(given), questions(given)])
    execFileSync("bash", ["-n"], { input: text });
});

test("the rule of sudo allows one program, to one user", () => {
  const rule = wantedFiles(given).find(({ path }) => path.startsWith("/etc/sudoers.d/"));
  expect(rule).toEqual({
    path: "/etc/sudoers.d/bellwether-quotes",
    mode: "440",
    text: "deploy ALL=(root) NOPASSWD: /usr/local/lib/bellwether/quotes\n",
  });
  expect(wantedFiles({ ...given, login: null }).some(({ path }) => path.startsWith("/etc/sudoers.d/"))).toBe(
    false,
  );
});

test("a host that is as it should be needs nothing", () => {
  expect(changesIn(given, well)).toEqual({ changes: [], refused: null });
});

test("what is missing or other is told, each thing once", () => {
  const lines = [
    systemd,
    "package haproxy",
    "user quotes",
    "directory /opt/quotes/releases",
    ...asWanted.slice(1),
    "file /usr/local/lib/bellwether/quotes  ",
  ];
  expect(changesIn(given, lines).changes).toEqual([
    "install haproxy",
    "add the user quotes, who cannot log in",
    "make /opt/quotes/releases",
    "write /usr/local/lib/bellwether/quotes",
    "start quotes-router",
    "let quotes-router start with the host",
  ]);
  const changed = well.map((line) => line.replace(/^(file \S+haproxy.cfg) \S+/, `$1 ${"0".repeat(64)}`));
  expect(changesIn(given, changed).changes).toEqual(["change /opt/quotes/router/haproxy.cfg"]);
});

test.each([
  ["it lacks flock", [...well, "lacks flock"]],
  [
    "it has no systemd of version 250 or newer",
    well.map((line) => line.replace("systemd 252", "systemd 247")),
  ],
  ["port 80 is taken by nginx", [...well, "taken nginx"]],
  [
    "another environment of quotes lies in /opt/other there",
    well.map((line) => line.replace("was /opt/quotes", "was /opt/other")),
  ],
  ['a rollout of "1.2.0" is under way', [...well.filter((line) => line !== "router runs"), 'leased "1.2.0"']],
])("refused: %s", (reason, lines) => {
  expect(changesIn(given, lines).refused).toBe(reason);
});

test("nginx is not installed but has to be there, and brings a unit and a configuration of its own", () => {
  const nginx = { ...given, technology: nginxOnHost };
  const paths = wantedFiles(nginx).map(({ path }) => path);
  expect(paths).toContain("/opt/quotes/router/nginx.conf");
  expect(partText(nginx)).toContain("\nROUTER=nginx\n");
  const unit = wantedFiles(nginx).find(({ path }) => path.endsWith("quotes-router.service"))?.text;
  expect(unit).toContain("ExecStart=nginx -e stderr -c /opt/quotes/router/nginx.conf -g 'daemon off;'\n");
  expect(unit).toContain("ExecStartPre=/usr/local/lib/bellwether/quotes router-prepare\n");
  expect(changesIn(nginx, [...well, "lacks nginx"]).refused).toBe("it lacks nginx");
  expect(provisionText(nginx)).toContain("for tool in socat; do");
  execFileSync("bash", ["-n"], { input: questions(nginx) + provisionText(nginx) });
});

test("a host without the traffic gets no router", () => {
  const paths = wantedFiles({ ...given, port: null }).map(({ path }) => path);
  expect(paths).toEqual(["/usr/local/lib/bellwether/quotes", "/etc/sudoers.d/bellwether-quotes"]);
});
