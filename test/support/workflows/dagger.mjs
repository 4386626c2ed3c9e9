#!/usr/bin/env node
// Stands for `dagger` in a workflow: what a call asks of the module is asked of the program, by the host executor.
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const {
  BELLWETHER_TEST_PROGRAM: program,
  BELLWETHER_TEST_STATE: state,
  BELLWETHER_TEST_CALLS: calls,
} = process.env;
appendFileSync(calls, `${JSON.stringify(process.argv.slice(2))}\n`);

const words = process.argv.slice(2);
const module = words.indexOf("-m");
if (module >= 0 && !existsSync(join(words.splice(module, 2)[1], "dagger.json"))) fail("there is no module");
const at = words.indexOf("call");
const flags = {};
const names = [];
for (const word of words.slice(at + 1)) {
  const flag = /^--([a-z-]+)(?:=(.*))?$/s.exec(word);
  if (flag) flags[flag[1]] = flag[2] ?? "true";
  else names.push(word);
}
const [name, then] = names;

/** A list in one argument, as Dagger reads it: CSV. */
function list(text = "") {
  const found = [];
  for (const match of text.matchAll(/"((?:[^"]|"")*)"(?:,|$)|([^,]+)(?:,|$)/g))
    found.push(match[2] ?? match[1].replaceAll('""', '"'));
  return found;
}

const environment = { ...process.env };
for (const variable of list(flags.variables)) {
  const cut = variable.indexOf("=");
  environment[variable.slice(0, cut)] = variable.slice(cut + 1);
}
const given = list(flags["secret-names"]);
list(flags.secrets).forEach((reference, index) => {
  const source = reference.replace(/^env:/, "");
  if (process.env[source] === undefined) fail(`the secret ${source} is not set`);
  environment[given[index]] = process.env[source];
});
// Only what is handed on reaches a container.
if (!given.includes("GITHUB_TOKEN")) delete environment.GITHUB_TOKEN;
if (flags.actor) environment.GITHUB_ACTOR = flags.actor;

function fail(message) {
  console.error(message);
  process.exit(1);
}

function bellwether(args, quiet = false) {
  const done = spawnSync(process.execPath, [program, ...args, "--state", state], {
    env: environment,
    encoding: "utf8",
    timeout: 150_000,
  });
  process.stderr.write(done.stderr);
  if (!quiet) process.stderr.write(done.stdout);
  return done;
}

const context = [
  ...(flags.event ? ["--event", flags.event] : []),
  ...(flags.tag ? ["--ref", `refs/tags/${flags.tag}`] : flags.ref ? ["--ref", flags.ref] : []),
];
const passed = flags.passed ? ["--passed", ...list(flags.passed)] : [];
const digests = flags.digests ? ["--digest", ...list(flags.digests)] : [];
const end = (done) => process.exit(done.status === 0 ? 0 : 1);
const checks = ["lint", "security-scan", "unit-test", "integration-test"];

switch (name) {
  case "check":
  case "security-scan": {
    if (flags.base) environment.GITHUB_BASE_REF = flags.base;
    end(bellwether(["run", ...(name === "check" ? checks : [name])]));
    break;
  }
  case "report": {
    if (then !== "export") fail("the report is a directory: export it");
    const reports = join(state, "reports");
    mkdirSync(flags.path, { recursive: true });
    cpSync(join(reports, "last.json"), join(flags.path, "report.json"));
    if (existsSync(join(reports, "sarif")))
      cpSync(join(reports, "sarif"), join(flags.path, "sarif"), { recursive: true });
    break;
  }
  case "publish": {
    const done = bellwether(["run", "image", ...context, ...passed]);
    if (done.status !== 0) process.exit(1);
    const { stages } = JSON.parse(readFileSync(join(state, "reports", "last.json"), "utf8"));
    for (const step of stages.flatMap((stage) => stage.steps))
      for (const [image, digest] of Object.entries(step.digests ?? {}))
        console.log(`registry.example/${image === "api" ? "small" : image}@${digest}`);
    break;
  }
  case "sbom": {
    mkdirSync(join(flags.path, ".."), { recursive: true });
    const layout = join(state, "images", flags.name);
    const { manifests } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
    const blob = ({ digest }) =>
      readFileSync(join(layout, "blobs/sha256", digest.slice("sha256:".length)), "utf8");
    const list = manifests.find(({ artifactType }) => /cyclonedx/.test(artifactType ?? ""));
    writeFileSync(flags.path, blob(JSON.parse(blob(list)).layers[0]));
    break;
  }
  case "deploy-staging":
  case "deploy-production":
    if (flags.approval) {
      const approvals = join(state, "approvals", name.slice("deploy-".length));
      mkdirSync(approvals, { recursive: true });
      cpSync(flags.approval, join(approvals, "approval-given.json"));
    }
    end(bellwether(["run", name.slice("deploy-".length), ...context, ...passed, ...digests]));
    break;
  case "rollback":
    end(
      bellwether([
        ...["rollback", flags.environment, "--reason", flags.reason],
        ...(flags.to ? ["--to", flags.to] : []),
      ]),
    );
    break;
  case "rollout-report": {
    const done = bellwether(["history", flags.environment, "--full"], true);
    if (done.status !== 0) process.exit(1);
    writeFileSync(flags.path, done.stdout);
    break;
  }
  default:
    fail(`the module has no function ${name}`);
}
