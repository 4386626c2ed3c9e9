import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { shellWord } from "../../../pipeline/shell-word.ts";
import {
  forwardArguments,
  masterArguments,
  runArguments,
  withFile,
} from "../../../pipeline/targets/ssh/commands.ts";

const address = {
  destination: "deploy@web-1",
  port: 2222,
  config: "/etc/ssh/fleet",
  knownHosts: "/repo/known_hosts",
};
const plain = { destination: "web-1", port: null, config: null, knownHosts: null };

test("the shared connection checks the host's key, asks nobody, and says when it is there", () => {
  expect(masterArguments(address, "/tmp/m1").join(" ")).toBe(
    "ssh -F /etc/ssh/fleet -p 2222 -o UserKnownHostsFile=/repo/known_hosts -N -M -S /tmp/m1 -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -o ServerAliveInterval=3 -o ServerAliveCountMax=3 -o ControlPersist=no -o PermitLocalCommand=yes -o LocalCommand=echo connected deploy@web-1",
  );
});

test("a command goes through the shared connection or not at all", () => {
  expect(
    runArguments(plain, "/tmp/m1", ["sudo", "-n", "/usr/local/lib/bellwether/quotes", "hello"]).join(" "),
  ).toBe(
    "ssh -S /tmp/m1 -o BatchMode=yes -o ControlMaster=no -o ProxyCommand=false web-1 sudo -n /usr/local/lib/bellwether/quotes hello",
  );
});

test("a port of the host's loopback is reached by a socket here", () => {
  expect(forwardArguments(plain, "/tmp/m1", { local: "/tmp/1-21000", port: 21_000 }).join(" ")).toBe(
    "ssh -S /tmp/m1 -o BatchMode=yes -o ControlMaster=no -o ProxyCommand=false -O forward -L /tmp/1-21000:127.0.0.1:21000 web-1",
  );
});

test("a file is standard input, whatever its name", () => {
  expect(withFile("/a b", ["cat"])).toEqual([
    "sh",
    "-c",
    'file=$1; shift; exec "$@" <"$file"',
    "sh",
    "/a b",
    "cat",
  ]);
});

test.each([
  "plain-1.2.3+build",
  "two words",
  "it's",
  '$(reboot) `reboot` ; reboot & | > < * ? ~ # ! \\ "',
  "line\nbreak",
  "",
  "-rf",
  "ü",
])("a shell takes %j as one word, as it is", (word) => {
  const said = execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`]).toString();
  expect(said).toBe(word);
});
