import { Argument } from "commander";
import type { PruneOptions } from "../cache.ts";
import type { InitOptions } from "../init.ts";
import type { GithubOptions } from "../init-github.ts";
import type { RunOptions } from "../run.ts";
import type { ScanOptions } from "../scan.ts";
import type { Commands } from "./command.ts";
import { breakGlass } from "./command.ts";

/** What is done before an image: configuration, plan, checks and their cache. */
export const checks: Commands = {
  init: (program, perform) =>
    program
      .command("init")
      .description(
        "look at the repository and write bellwether.yaml: what it found, guessed and could not know",
      )
      .option("--force", "replace files that are there")
      .option("--dry-run", "print what would be written; change nothing")
      .option("--github", "write the workflows for GitHub Actions, from the configuration")
      .option("--module <owner/repository@commit>", "with --github: where the workflows have Bellwether from")
      .action((options: InitOptions & GithubOptions & { github?: boolean }) =>
        perform(async (settings) =>
          options.github
            ? (await import("../init-github.ts")).initGithub(settings, options)
            : (await import("../init.ts")).init(settings, options),
        ),
      ),

  validate: (program, perform) =>
    program
      .command("validate [environment]")
      .description("every problem of the configuration and the environment files at once")
      .action((environment?: string) =>
        perform(async (settings) => (await import("../validate.ts")).validate(settings, environment ?? null)),
      ),

  plan: (program, perform) =>
    program
      .command("plan")
      .description("what would run for this context, and why")
      .action(() => perform(async (settings) => (await import("../plan.ts")).showPlan(settings))),

  run: (program, perform) =>
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
        perform(async (settings) => (await import("../run.ts")).runStages(settings, stages, options)),
      ),

  scan: (program, perform) =>
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
        perform(async (settings) => (await import("../scan.ts")).scan(settings, kind, options)),
      ),

  why: (program, perform) =>
    program
      .command("why <step>")
      .description("what a step's key is made of, and what changed since its last turn here")
      .action((step: string) => perform(async (settings) => (await import("../why.ts")).why(settings, step))),

  cache: (program, perform) => {
    const cache = program.command("cache").description("what steps left to be used again");

    cache
      .command("status")
      .description("how much is kept, and since when it was not used")
      .action(() => perform(async (settings) => (await import("../cache.ts")).showCache(settings)));

    cache
      .command("prune")
      .description("remove what was not used for long, or is too much: the last used ones stay")
      .option("--max-age <duration>", "what was not used for longer goes", "24d")
      .option("--max-size <size>", "what stays takes at most this much", "5Gi")
      .action((options: PruneOptions) =>
        perform(async (settings) => (await import("../cache.ts")).prune(settings, options)),
      );
  },
};
