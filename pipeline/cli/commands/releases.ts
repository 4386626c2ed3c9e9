import type { ApproveOptions } from "../approve/options.ts";
import type { DeployOptions, RollbackOptions } from "../deploy.ts";
import type { Commands } from "./command.ts";
import { breakGlass } from "./command.ts";

/** What brings a version to an environment, holds it back, or takes it away again. */
export const releases: Commands = {
  deploy: (program, perform) =>
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
      .action(
        (environment: string, version: string | undefined, options: DeployOptions & { dryRun?: boolean }) =>
          perform(async (settings) =>
            options.dryRun
              ? (await import("../dry-run.ts")).dryRun(settings, environment, version ?? null, options)
              : (await import("../deploy.ts")).deploy(settings, environment, version ?? null, options),
          ),
      ),

  diff: (program, perform) =>
    program
      .command("diff <environment> [version]")
      .description(
        "what a deploy would change against what is live: code, configuration, names, limits, schema",
      )
      .action((environment: string, version?: string) =>
        perform(async (settings) =>
          (await import("../diff.ts")).diff(settings, environment, version ?? null),
        ),
      ),

  confirm: (program, perform) =>
    program
      .command("confirm <environment> <version> <item>")
      .description("confirm an item of the environment's checklist for a version and its digests")
      .action((environment: string, version: string, item: string) =>
        perform(async (settings) =>
          (await import("../confirm.ts")).confirm(settings, environment, version, item),
        ),
      ),

  doctor: (program, perform) =>
    program
      .command("doctor [environment]")
      .description("every precondition of a deploy, with no effect: tools, access, keys, space, ports, gates")
      .action((environment?: string) =>
        perform(async (settings) => (await import("../doctor.ts")).doctor(settings, environment ?? null)),
      ),

  approve: (program, perform) =>
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
          (await import("../approve.ts")).approve(settings, environment, version ?? null, options),
        ),
      ),

  "follow-up": (program, perform) =>
    program
      .command("follow-up <environment> [id]")
      .description("what is owed for releases that went past their gates by --break-glass")
      .option("--close <done>", "close it, with what was done")
      .action((environment: string, id: string | undefined, options: { close?: string }) =>
        perform(async (settings) =>
          (await import("../follow-up.ts")).followUp(
            settings,
            environment,
            id ?? null,
            options.close ?? null,
          ),
        ),
      ),

  rollback: (program, perform) =>
    program
      .command("rollback <environment>")
      .description("back to the release that completed before the live one, or to a named one")
      .option("--to <version>", "the version to go back to")
      .option("--reason <why>", "what it is for: stands in the journal, and is told to the channels")
      .action((environment: string, options: RollbackOptions) =>
        perform(async (settings) => (await import("../deploy.ts")).rollback(settings, environment, options)),
      ),

  promote: (program, perform) =>
    program
      .command("promote <environment>")
      .description("let the canary go on that waits at a pause, to its next step")
      .option("--full", "go on without the holds and pauses that are left; the watch after the switch stays")
      .action((environment: string, options: { full?: boolean }) =>
        perform(async (settings) =>
          (await import("../promote.ts")).promote(settings, environment, options.full ?? false),
        ),
      ),

  abort: (program, perform) =>
    program
      .command("abort <environment>")
      .description("end the rollout under way, traffic to stable")
      .action((environment: string) =>
        perform(async (settings) => (await import("../operate.ts")).abort(settings, environment)),
      ),
};
