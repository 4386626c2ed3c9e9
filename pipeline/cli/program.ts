import { Command, CommanderError, Option } from "commander";
import { exitCode, type Failure } from "../failure.ts";
import { checks } from "./commands/checks.ts";
import type { Commands, Work } from "./commands/command.ts";
import { environments } from "./commands/environments.ts";
import { images } from "./commands/images.ts";
import { internal } from "./commands/internal.ts";
import { releases } from "./commands/releases.ts";
import { outliveReaders } from "./outlive-readers.ts";
import { type Options, settingsOf } from "./settings.ts";
import { toolVersion } from "./tool-version.ts";

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

/** Every command, as help shows them. */
const commands: Commands = { ...checks, ...releases, ...environments, ...images, ...internal };

/** The command that is asked for; null where that is not plain, or help is: then all are wanted. */
function named(words: string[]): string | null {
  if (words.some((word) => word === "-h" || word === "--help")) return null;
  const valued = new Set(
    program.options.flatMap(({ required, short, long }) => (required ? [short, long] : [])),
  );
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (valued.has(word)) at += 1;
    else if (!word.startsWith("-")) return Object.hasOwn(commands, word) ? word : null;
  }
  return null;
}

/** Runs the command that the caller's words name. Nothing happens when this file is merely loaded. */
export function main(): void {
  // To tell commander of forty commands takes longer than to find one of them.
  const name = named(process.argv.slice(2));
  for (const define of name === null ? Object.values(commands) : [commands[name]]) define?.(program, perform);
  outliveReaders();
  // Nothing is left to do then, and the system takes a process apart in less time than Node does.
  process.once("beforeExit", () => process.exit());
  program.parseAsync().catch((error: unknown) => {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end with 0; everything else that commander refuses is invalid input.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  });
}
