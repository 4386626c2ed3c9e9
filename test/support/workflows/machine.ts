import { chmod, cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FakeGithub } from "../fake-github.ts";
import type { System } from "../system.ts";
import type { FakeAction } from "./runner.ts";

const own = fileURLToPath(new URL("../../../", import.meta.url));

/** What the runners of a test share: tools that stand for real ones, artifacts, and what was attested. */
export type Machine = {
  actions: Record<string, FakeAction>;
  variables: Record<string, string>;
  /** Every call of the pipeline, in order. */
  calls(): Promise<string[][]>;
  artifacts: string;
};

export type MachineOptions = {
  system: System;
  github: FakeGithub;
  directory: string;
  /** The program that was built for these tests. */
  program: string;
  /** What is checked out of the system: a branch, or a tag. */
  ref: string;
};

const script = (text: string): string => `#!/usr/bin/env bash\nset -e\n${text}\n`;

/** A machine on which the jobs of one run are done. */
export async function machine({ system, github, directory, program, ref }: MachineOptions): Promise<Machine> {
  const tools = join(directory, "tools");
  const artifacts = join(directory, "artifacts");
  const calls = join(directory, "calls");
  const attested = join(directory, "attested");
  const node = join(tools, "node");
  const bin = join(tools, "bin");
  for (const each of [node, bin, artifacts]) await mkdir(each, { recursive: true });
  await Promise.all([writeFile(calls, ""), writeFile(attested, "")]);
  const put = async (file: string, text: string) => {
    await writeFile(file, text);
    await chmod(file, 0o755);
  };
  // The version that a workflow asks for runs TypeScript as it is; this one needs a loader.
  const loader = join(own, "node_modules", "tsx", "dist", "loader.mjs");
  await put(join(node, "node"), script(`exec '${process.execPath}' --import '${loader}' "$@"`));
  await put(join(node, "npm"), script('echo "npm $*"'));
  await put(
    join(bin, "dagger"),
    script(`exec '${process.execPath}' '${fileURLToPath(new URL("dagger.mjs", import.meta.url))}' "$@"`),
  );
  const assets = join(system.directory, ".bellwether", "assets");
  await put(
    join(node, "gh"),
    script(
      [
        'if [ "$1 $2" = "release download" ]; then mkdir -p "$9"; cp \'' +
          assets +
          '\'/$3/approval-*.json "$9"; exit; fi',
        '[ "$1 $2" = "attestation verify" ] && [ "$6" = "--signer-workflow" ] || exit 1',
        'image="${3#oci://}"',
        `grep -qF "\${image##*@sha256:}" '${attested}' || { echo "no attestation for $image"; exit 1; }`,
      ].join("\n"),
    ),
  );
  const actions: Record<string, FakeAction> = {
    "actions/checkout": async ({ inputs, workspace }) => {
      if (inputs["persist-credentials"] !== "false") throw new Error("the token stays in the checkout");
      if (inputs.repository !== undefined) {
        await mkdir(join(workspace, inputs.path ?? "", ".."), { recursive: true });
        await symlink(own, join(workspace, inputs.path ?? ""));
        return {};
      }
      await system.git("clone", "--quiet", "--branch", ref, system.directory, workspace);
      await system.git("-C", workspace, "config", "user.name", "Ada");
    },
    "actions/setup-node": async ({ inputs, path }) => {
      if (inputs["node-version"] !== "24") throw new Error("the edges are TypeScript: Node 24 runs them");
      path(node);
    },
    "dagger/dagger-for-github": async ({ inputs, path }) => {
      if (inputs.version !== "v0.21.8" || inputs.args !== undefined) throw new Error("it only installs");
      path(bin);
    },
    "docker/login-action": async () => {},
    "codecov/codecov-action": async () => {},
    "github/codeql-action/upload-sarif": async ({ inputs }) => {
      for (const name of await readdir(inputs.sarif_file ?? "")) {
        const sarif = await readFile(join(inputs.sarif_file ?? "", name), "utf8");
        await fetch(`${github.url}/repos/acme/quotes/code-scanning/sarifs`, {
          method: "POST",
          headers: { authorization: `token ${github.token}` },
          body: JSON.stringify({ name, sarif }),
        });
      }
    },
    "actions/attest": async ({ inputs }) => {
      if (inputs["sbom-path"] !== undefined) {
        if (!/^sha256:[0-9a-f]{64}$/.test(inputs["subject-digest"] ?? "")) throw new Error("no digest");
        const sbom = JSON.parse(await readFile(inputs["sbom-path"], "utf8"));
        if (sbom.bomFormat !== "CycloneDX") throw new Error("no list of what it is made of");
        return;
      }
      const subjects = await readFile(inputs["subject-checksums"] ?? "", "utf8");
      await writeFile(attested, subjects, { flag: "a" });
    },
    "actions/upload-artifact": async ({ inputs }) => {
      await cp(inputs.path ?? "", join(artifacts, inputs.name ?? ""), { recursive: true, force: true });
      return {};
    },
    "actions/download-artifact": async ({ inputs }) => {
      await cp(join(artifacts, inputs.name ?? ""), inputs.path ?? "", { recursive: true });
      return {};
    },
  };
  return {
    actions,
    artifacts,
    calls: async () =>
      (await readFile(calls, "utf8"))
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line)),
    variables: {
      PATH: process.env.PATH ?? "",
      ...{ GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", CI: "true", GITHUB_ACTIONS: "true" },
      ...{
        BELLWETHER_TEST_PROGRAM: program,
        BELLWETHER_TEST_STATE: system.state,
        BELLWETHER_TEST_CALLS: calls,
      },
      ...{ GITHUB_API_URL: github.url, GITHUB_SERVER_URL: "https://github.com", GITHUB_TOKEN: github.token },
      ...{
        GITHUB_REPOSITORY: "acme/quotes",
        GITHUB_WORKFLOW_REF: "acme/quotes/.github/workflows/x.yml@refs/heads/main",
      },
    },
  };
}
