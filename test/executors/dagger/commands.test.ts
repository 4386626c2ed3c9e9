import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  awaitingArgs,
  historyArgs,
  keepingArgs,
  probeArgs,
  stepArgs,
} from "../../../pipeline/executors/dagger/commands.ts";

/** Runs the arguments for real, as a container would. */
function exec([program = "", ...args]: string[]) {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", timeout: 20_000 });
  return { status, stdout };
}

test("a command that is a string runs by sh -c, a list as it is", () => {
  expect(exec(stepArgs(['echo "$((1 + 1))" $1'], 60_000))).toEqual({ status: 0, stdout: "2\n" });
  const list = ["printf", "%s|", "a b", "$HOME", "it's", ""];
  expect(exec(stepArgs([list], 60_000))).toEqual({ status: 0, stdout: "a b|$HOME|it's||" });
});

test("several commands run in order, words kept as they are, until the first that fails", () => {
  const commands = ["echo one; cd /", ["printf", "%s\n", "it's $HOME", ""], "exit 7", "echo never"];
  expect(exec(stepArgs(commands, 60_000))).toEqual({ status: 7, stdout: "one\nit's $HOME\n\n" });
});

test("a step without commands passes", () => {
  expect(exec(stepArgs([], 60_000)).status).toBe(0);
});

test("B48: a step that does not end by itself ends with 124 at its time limit", () => {
  expect(exec(stepArgs(["echo started; sleep 60"], 1000))).toEqual({ status: 124, stdout: "started\n" });
});

test("a command that is killed before its limit keeps its exit code", () => {
  expect(exec(stepArgs(["kill -KILL $$"], 60_000)).status).toBe(137);
});

test("the limit is in whole seconds and never zero", () => {
  expect(stepArgs([["true"]], 1).slice(3)).toEqual(["step", "1", "true"]);
  expect(stepArgs([["true"]], 90_001).slice(3)).toEqual(["step", "91", "true"]);
});

test("a probe tells a missing program by exit code 127", () => {
  expect(exec(probeArgs(["no-such-program-here", "--version"])).status).toBe(127);
  expect(exec(probeArgs(["sh", "-c", "echo v1 >&2"]))).toEqual({ status: 0, stdout: "v1\n" });
});

/** A repository with one commit: what is in it differs as the test says. */
function repository(): { directory: string; ask(place?: string): { status: number | null; stdout: string } } {
  const directory = mkdtempSync(join(tmpdir(), "bellwether-history-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const git = (...args: string[]) => spawnSync("git", ["-C", directory, ...args], { env, encoding: "utf8" });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  git("init", "--quiet");
  write("src/a.ts", "a");
  write(".gitignore", "*.log\n");
  write("kept.log", "tracked although it is ignored");
  write("web/node_modules/x.js", "tracked");
  git("add", "--force", ".");
  git("commit", "--quiet", "--message", "one");
  return {
    directory,
    ask: (place = ".") => {
      const [program = "", ...args] = historyArgs(place, ["**/node_modules", "**/.git"]);
      const { status, stdout } = spawnSync(program, args, { cwd: directory, env, encoding: "utf8" });
      return { status, stdout };
    },
  };
}

const env = {
  ...{ PATH: process.env.PATH, HOME: "/nowhere", GIT_CONFIG_NOSYSTEM: "1" },
  ...{ GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@example.invalid", GIT_AUTHOR_DATE: "@1700000000 +0000" },
  ...{ GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@example.invalid" },
  GIT_COMMITTER_DATE: "@1700000000 +0000",
};

test("git says the commits, the time and that nothing differs, though what no step sees is not there", () => {
  const { directory, ask } = repository();
  rmSync(join(directory, "kept.log"));
  rmSync(join(directory, "web/node_modules"), { recursive: true });
  expect(ask()).toEqual({ status: 0, stdout: "1\n1700000000\n0\n" });
});

test("what was changed, added or deleted below the place is counted, elsewhere it is not", () => {
  const { directory, ask } = repository();
  writeFileSync(join(directory, "src/a.ts"), "changed");
  writeFileSync(join(directory, "src/new.ts"), "new");
  expect(ask().stdout).toBe("1\n1700000000\n2\n");
  expect(ask("web").stdout).toBe("1\n1700000000\n0\n");
  rmSync(join(directory, "src/a.ts"));
  expect(ask("src").stdout).toBe("1\n1700000000\n2\n");
});

test("without a commit the question fails, and no number is made up", () => {
  const directory = mkdtempSync(join(tmpdir(), "bellwether-history-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [program = "", ...args] = historyArgs(".", []);
  expect(spawnSync(program, args, { cwd: directory, env }).status).not.toBe(0);
});

/** A program that stands for busybox: its wget answers well from the third time on. */
function box(directory: string): string {
  const file = join(directory, "busybox");
  const lines = [
    "#!/bin/sh",
    `case "$1" in usleep) exec sleep 0.01;; wget) echo x >> ${directory}/asked; [ "$(wc -l < ${directory}/asked)" -ge 3 ];; esac`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("a step waits until its components answer, and then is what it was", () => {
  const directory = mkdtempSync(join(tmpdir(), "bellwether-wait-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const components = [{ name: "api", url: "http://api:8080/ready", withinMs: 20_000 }];
  const args = awaitingArgs(box(directory), components, stepArgs([["printf", "%s", "went on"]], 5000));
  expect(exec(args)).toEqual({ status: 0, stdout: "went on" });
  expect(readFileSync(join(directory, "asked"), "utf8")).toBe("x\nx\nx\n");
});

test("a component that does not get ready in its time ends the step with a code and a line of its own", () => {
  const components = [{ name: "api", url: "http://api:8080/ready", withinMs: 1 }];
  const [program = "", ...args] = awaitingArgs("/bin/false", components, ["true"]);
  const ended = spawnSync(program, args, { encoding: "utf8" });
  expect(ended).toMatchObject({ status: 125, stderr: "bellwether: not ready in time: api\n" });
});

test("what a command wrote is copied whatever came of it, modes and all; what is not there is passed over", () => {
  const directory = mkdtempSync(join(tmpdir(), "bellwether-keep-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [root, dest] = [join(directory, "src"), join(directory, "kept")];
  mkdirSync(root);
  const script = `mkdir -p target/release && echo '#!/bin/sh' > 'target/release/my engine' && chmod 755 'target/release/my engine'; exit 3`;
  const args = keepingArgs(
    { dest, root },
    ["target/release/my engine", "target/junit.xml"],
    ["sh", "-c", script],
  );
  const [program = "", ...rest] = args;
  expect(spawnSync(program, rest, { cwd: root }).status).toBe(3);
  expect(statSync(join(dest, "target/release/my engine")).mode & 0o777).toBe(0o755);
  expect(existsSync(join(dest, "target/junit.xml"))).toBe(false);
  expect(keepingArgs({ dest, root }, [], ["true"])).toEqual(["true"]);
});
