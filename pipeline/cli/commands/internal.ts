import type { Commands } from "./command.ts";

/** What the tool starts of itself; no help shows them. */
export const internal: Commands = {
  daemon: (program, perform) =>
    program
      .command("daemon <environment>", { hidden: true })
      .option("--tied", "end when standard input closes")
      .action((environment: string, options: { tied?: boolean }) =>
        perform(async (settings) =>
          (await import("../daemon.ts")).runDaemon(settings, environment, options.tied ?? false),
        ),
      ),

  effect: (program, perform) =>
    program
      .command("effect <file>", { hidden: true })
      .requiredOption("--out <file>", "where what came of it is written")
      .action((file: string, options: { out: string }) =>
        perform(async (settings) => (await import("../effect.ts")).effect(settings, file, options.out)),
      ),
};
