#!/usr/bin/env node
import { Argument, Command, CommanderError, Option } from "commander";
import { exitCode, type Failure } from "../failure.ts";
import type { ApproveOptions } from "./approve/options.ts";
import type { PruneOptions } from "./cache.ts";
import type { DeployOptions, RollbackOptions } from "./deploy.ts";
import type { ExecOptions } from "./exec.ts";
import type { InitOptions } from "./init.ts";
import type { GithubOptions } from "./init-github.ts";
import type { PinOptions } from "./pin.ts";
import type { ProvisionOptions } from "./provision.ts";
import type { RunOptions } from "./run.ts";
import type { ScanOptions } from "./scan.ts";
import { type Options, type Settings, settingsOf } from "./settings.ts";
import { toolVersion } from "./tool-version.ts";

/** The option of what goes past its gates. */
const breakGlass = [
  "--break-glass <reason>",
  "go past gates that do not pass: everybody is told, and a follow-up opens",
] as const;

/** A command's work: gives the process's exit code. Each is loaded only when it is asked for. */
type Work = (settings: Settings) => Promise<number>;

const program = new Command("bellwether")
  .description(
    "Ships a system from a commit to production and back: checks, image, staged rollout, rollback.",
  )
  .version(toolVersion)
  .option("-C, --directory <dir>", "the directory that holds bellwether.yaml", ".")
  .option("--config <file>", "the configuration file", "bellwether.yaml")
  .addOption(
    new Option("--event <event>", "why this runs").choices([
      "push",
      "pull_request",
      "release",
      "dispatch",
      "schedule",
      "local",
    ]),
  )
  .option("--ref <ref>", "the branch or tag, by default what is checked out")
  .addOption(
    new Option("--executor <name>", "where hermetic steps run").choices(["host", "dagger"]).default("host"),
  )
  .option("--json", "machine output on stdout, words on stderr")
  .option("--report <file>", "also write the run's report to this file")
  .option("--no-cache", "run every step, whatever the cache holds")
  .option("--state <dir>", "where the tool keeps its state (default: .bellwether in the directory)")
  .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20 })
  .showHelpAfterError("  next: add --help to see what is expected")
  .exitOverride();

/** Settles the exit code; a thrown error is a bug, told once with its stack. */
async function perform(work: Work): Promise<void> {
  try {
    process.exitCode = await work(settingsOf(program.opts<Options>(), process.cwd()));
  } catch (error) {
    const { tellFailure } = await import("./terminal.ts");
    const failure: Failure = {
      kind: "bug",
      message: error instanceof Error ? error.message : String(error),
      stack: error instanceof Error ? (error.stack ?? "") : "",
    };
    tellFailure(failure);
    process.exitCode = exitCode(failure);
  }
}

program
  .command("init")
  .description("look at the repository and write bellwether.yaml: what it found, guessed and could not know")
  .option("--force", "replace files that are there")
  .option("--dry-run", "print what would be written; change nothing")
  .option("--github", "write the workflows for GitHub Actions, from the configuration")
  .option("--module <owner/repository@commit>", "with --github: where the workflows have Bellwether from")
  .action((options: InitOptions & GithubOptions & { github?: boolean }) =>
    perform(async (settings) =>
      options.github
        ? (await import("./init-github.ts")).initGithub(settings, options)
        : (await import("./init.ts")).init(settings, options),
    ),
  );

program
  .command("validate [environment]")
  .description("every problem of the configuration and the environment files at once")
  .action((environment?: string) =>
    perform(async (settings) => (await import("./validate.ts")).validate(settings, environment ?? null)),
  );

program
  .command("plan")
  .description("what would run for this context, and why")
  .action(() => perform(async (settings) => (await import("./plan.ts")).showPlan(settings)));

program
  .command("run [stages...]")
  .description("run the plan's stages for this context, or the named ones with what they need")
  .option("--plan <file>", "run this plan, made by `plan --json`")
  .option("--passed <stage...>", "stages that passed already, in an earlier job: they are skipped")
  .option(
    "--digest <image@digest...>",
    "what an image must be, as publish gave it: another one is not deployed",
  )
  .option(...breakGlass)
  .action((stages: string[], options: RunOptions) =>
    perform(async (settings) => (await import("./run.ts")).runStages(settings, stages, options)),
  );

program
  .command("deploy <environment> [version]")
  .description("one rollout of a version to an environment")
  .option("--dry-run", "ask the gates and show what would change and be done; change nothing")
  .option(
    "--fix",
    "what is live is broken: compare nothing with it, and do not let its health hold this back",
  )
  .option(
    "--supersede",
    "let a rollout under way give way, whatever its version (a newer version always does)",
  )
  .option(...breakGlass)
  .option("--lease-host <host>", "keep the lease and the journal on this host from now on (hosts by ssh)")
  .action((environment: string, version: string | undefined, options: DeployOptions & { dryRun?: boolean }) =>
    perform(async (settings) =>
      options.dryRun
        ? (await import("./dry-run.ts")).dryRun(settings, environment, version ?? null, options)
        : (await import("./deploy.ts")).deploy(settings, environment, version ?? null, options),
    ),
  );

program
  .command("diff <environment> [version]")
  .description("what a deploy would change against what is live: code, configuration, names, limits, schema")
  .action((environment: string, version?: string) =>
    perform(async (settings) => (await import("./diff.ts")).diff(settings, environment, version ?? null)),
  );

program
  .command("confirm <environment> <version> <item>")
  .description("confirm an item of the environment's checklist for a version and its digests")
  .action((environment: string, version: string, item: string) =>
    perform(async (settings) => (await import("./confirm.ts")).confirm(settings, environment, version, item)),
  );

program
  .command("doctor [environment]")
  .description("every precondition of a deploy, with no effect: tools, access, keys, space, ports, gates")
  .action((environment?: string) =>
    perform(async (settings) => (await import("./doctor.ts")).doctor(settings, environment ?? null)),
  );

program
  .command("approve <environment> [version]")
  .description("approve what waits, bound to its digests; repeat the run that waited, and it goes on")
  .option("--key <file>", "sign with this key (default: git's user.signingkey, or ~/.ssh/id_ed25519)")
  .option("--print", "print the statement that is to be signed, and sign nothing")
  .option("--statement <file>", "approve what this printed statement asks for, where no run waits here")
  .option("--signature <file>", "take a signature that was made elsewhere, by ssh-keygen -Y sign")
  .option("--from <path>", "take over approvals that were recorded on another machine")
  .action((environment: string, version: string | undefined, options: ApproveOptions) =>
    perform(async (settings) =>
      (await import("./approve.ts")).approve(settings, environment, version ?? null, options),
    ),
  );

program
  .command("follow-up <environment> [id]")
  .description("what is owed for releases that went past their gates by --break-glass")
  .option("--close <done>", "close it, with what was done")
  .action((environment: string, id: string | undefined, options: { close?: string }) =>
    perform(async (settings) =>
      (await import("./follow-up.ts")).followUp(settings, environment, id ?? null, options.close ?? null),
    ),
  );

program
  .command("rollback <environment>")
  .description("back to the release that completed before the live one, or to a named one")
  .option("--to <version>", "the version to go back to")
  .option("--reason <why>", "what it is for: stands in the journal, and is told to the channels")
  .action((environment: string, options: RollbackOptions) =>
    perform(async (settings) => (await import("./deploy.ts")).rollback(settings, environment, options)),
  );

program
  .command("promote <environment>")
  .description("let the canary go on that waits at a pause, to its next step")
  .option("--full", "go on without the holds and pauses that are left; the watch after the switch stays")
  .action((environment: string, options: { full?: boolean }) =>
    perform(async (settings) =>
      (await import("./promote.ts")).promote(settings, environment, options.full ?? false),
    ),
  );

program
  .command("abort <environment>")
  .description("end the rollout under way, traffic to stable")
  .action((environment: string) =>
    perform(async (settings) => (await import("./operate.ts")).abort(settings, environment)),
  );

for (const action of ["start", "stop", "restart"] as const)
  program
    .command(`${action} <environment> [component]`)
    .description(`${action} an environment with all that it runs, or one component of its live release`)
    .action((environment: string, component?: string) =>
      perform(async (settings) =>
        (await import("./operate.ts")).operate(settings, action, environment, component ?? null),
      ),
    );

program
  .command("status [environment]")
  .description("what is live: versions, weights, components, accessories, who deploys")
  .action((environment?: string) =>
    perform(async (settings) => (await import("./observe.ts")).status(settings, environment ?? null)),
  );

program
  .command("exec <environment> <component> <command...>")
  .description("run a command once with the live release's code and environment; write -- before it")
  .option("--timeout <duration>", "time limit", "5m")
  .action((environment: string, component: string, command: string[], options: ExecOptions) =>
    perform(async (settings) =>
      (await import("./exec.ts")).exec(settings, environment, component, command, options),
    ),
  );

program
  .command("provision <host...>")
  .description("prepare hosts: user, directories, HAProxy, sudo rule; shows its changes first")
  .option("--environment <name>", "the environment that the host is prepared for, where it is of several")
  .option("--user <name>", "come as this user instead of the one who deploys, e.g. root")
  .option("--sudo", "call everything by sudo")
  .option("--dry-run", "only show what would be changed")
  .option("--yes", "change it without asking")
  .action((hosts: string[], options: ProvisionOptions) =>
    perform(async (settings) => (await import("./provision.ts")).provision(settings, hosts, options)),
  );

program
  .command("journal")
  .description("the hash-chained record of an environment")
  .command("verify <environment>")
  .description("check the chain and name the first entry that is not as it was written; prints its head")
  .option("--head <head>", "a head that was known once, SEQUENCE:HASH: it must still be part of the chain")
  .action((environment: string, options: { head?: string }) =>
    perform(async (settings) =>
      (await import("./journal.ts")).verifyJournal(settings, environment, options.head ?? null),
    ),
  );

program
  .command("history [environment]")
  .description("what happened: a line for each rollout")
  .option(
    "--full",
    "all that the journal knows of one environment's rollouts, as JSON: weights, measurements",
  )
  .action((environment: string | undefined, { full = false }: { full?: boolean }) =>
    perform(async (settings) => {
      const { history, rollouts } = await import("./observe.ts");
      return full ? rollouts(settings, environment ?? null) : history(settings, environment ?? null);
    }),
  );

program
  .command("logs <environment> [component]")
  .description("what the live release printed")
  .option("-f, --follow", "go on until Ctrl-C")
  .option("-n, --lines <count>", "lines to begin with", "50")
  .action(
    (environment: string, component: string | undefined, options: { follow?: boolean; lines: string }) =>
      perform(async (settings) =>
        (await import("./observe.ts")).logs(settings, environment, component ?? null, {
          follow: options.follow ?? false,
          lines: Number(options.lines),
        }),
      ),
  );

program
  .command("publish [image...]")
  .description("send images of this version, built here, to their repositories, with SBOM and provenance")
  .action((images: string[]) =>
    perform(async (settings) => (await import("./publish.ts")).publish(settings, images)),
  );

program
  .command("verify <image>")
  .description("check a published image: every digest, what is said about it, and who signed it")
  .option(
    "--key <file...>",
    "public keys, one of which must have signed it (default: those of the environments)",
  )
  .action((image: string, options: { key?: string[] }) =>
    perform(async (settings) => (await import("./verify.ts")).verify(settings, image, options.key ?? null)),
  );

program
  .command("pin")
  .description("write the digests of the bases' tags to bellwether.lock")
  .option("--update", "ask for all of them anew")
  .option("--containers", "also those of the images that a Dagger engine runs")
  .action((options: PinOptions) =>
    perform(async (settings) => (await import("./pin.ts")).pin(settings, options)),
  );

program
  .command("scan")
  .description("look for secrets in the files, or for known vulnerabilities in the dependencies")
  .addArgument(new Argument("<kind>").choices(["secrets", "vulnerabilities"]))
  .option("--scanner <name...>", "who looks (secrets: auto, built-in, gitleaks or trufflehog)")
  .option("--exclude <glob...>", "files that are not looked into for secrets")
  .option("--base <ref>", "also look into the commits since this one (auto: since the default branch)")
  .option("--all-files", "every file of the directory, for a copy without git")
  .option("--out <file>", "write what was found to this file, as JSON")
  .action((kind: "secrets" | "vulnerabilities", options: ScanOptions) =>
    perform(async (settings) => (await import("./scan.ts")).scan(settings, kind, options)),
  );

program
  .command("why <step>")
  .description("what a step's key is made of, and what changed since its last turn here")
  .action((step: string) => perform(async (settings) => (await import("./why.ts")).why(settings, step)));

const cache = program.command("cache").description("what steps left to be used again");

cache
  .command("status")
  .description("how much is kept, and since when it was not used")
  .action(() => perform(async (settings) => (await import("./cache.ts")).showCache(settings)));

cache
  .command("prune")
  .description("remove what was not used for long, or is too much: the last used ones stay")
  .option("--max-age <duration>", "what was not used for longer goes", "24d")
  .option("--max-size <size>", "what stays takes at most this much", "5Gi")
  .action((options: PruneOptions) =>
    perform(async (settings) => (await import("./cache.ts")).prune(settings, options)),
  );

program
  .command("daemon <environment>", { hidden: true })
  .option("--tied", "end when standard input closes")
  .action((environment: string, options: { tied?: boolean }) =>
    perform(async (settings) =>
      (await import("./daemon.ts")).runDaemon(settings, environment, options.tied ?? false),
    ),
  );

program
  .command("effect <file>", { hidden: true })
  .requiredOption("--out <file>", "where what came of it is written")
  .action((file: string, options: { out: string }) =>
    perform(async (settings) => (await import("./effect.ts")).effect(settings, file, options.out)),
  );

// `bellwether deploy … | head` must not end the deploy: whoever stopped reading has seen enough.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

program.parseAsync().catch((error: unknown) => {
  if (!(error instanceof CommanderError)) throw error;
  // Help and version end with 0; everything else that commander refuses is invalid input.
  process.exitCode = error.exitCode === 0 ? 0 : 2;
});
