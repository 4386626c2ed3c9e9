import type { ExecOptions } from "../exec.ts";
import type { ProvisionOptions } from "../provision.ts";
import type { Commands, Define } from "./command.ts";

const operating =
  (action: "start" | "stop" | "restart"): Define =>
  (program, perform) =>
    program
      .command(`${action} <environment> [component]`)
      .description(`${action} an environment with all that it runs, or one component of its live release`)
      .action((environment: string, component?: string) =>
        perform(async (settings) =>
          (await import("../operate.ts")).operate(settings, action, environment, component ?? null),
        ),
      );

/** What shows and operates what is live. */
export const environments: Commands = {
  start: operating("start"),
  stop: operating("stop"),
  restart: operating("restart"),

  status: (program, perform) =>
    program
      .command("status [environment]")
      .description("what is live: versions, weights, components, accessories, who deploys")
      .action((environment?: string) =>
        perform(async (settings) => (await import("../observe.ts")).status(settings, environment ?? null)),
      ),

  exec: (program, perform) =>
    program
      .command("exec <environment> <component> <command...>")
      .description("run a command once with the live release's code and environment; write -- before it")
      .option("--timeout <duration>", "time limit", "5m")
      .action((environment: string, component: string, command: string[], options: ExecOptions) =>
        perform(async (settings) =>
          (await import("../exec.ts")).exec(settings, environment, component, command, options),
        ),
      ),

  logs: (program, perform) =>
    program
      .command("logs <environment> [component]")
      .description("what the live release printed")
      .option("-f, --follow", "go on until Ctrl-C")
      .option("-n, --lines <count>", "lines to begin with", "50")
      .action(
        (environment: string, component: string | undefined, options: { follow?: boolean; lines: string }) =>
          perform(async (settings) =>
            (await import("../observe.ts")).logs(settings, environment, component ?? null, {
              follow: options.follow ?? false,
              lines: Number(options.lines),
            }),
          ),
      ),

  history: (program, perform) =>
    program
      .command("history [environment]")
      .description("what happened: a line for each rollout")
      .option(
        "--full",
        "all that the journal knows of one environment's rollouts, as JSON: weights, measurements",
      )
      .action((environment: string | undefined, { full = false }: { full?: boolean }) =>
        perform(async (settings) => {
          const { history, rollouts } = await import("../observe.ts");
          return full ? rollouts(settings, environment ?? null) : history(settings, environment ?? null);
        }),
      ),

  journal: (program, perform) =>
    program
      .command("journal")
      .description("the hash-chained record of an environment")
      .command("verify <environment>")
      .description("check the chain and name the first entry that is not as it was written; prints its head")
      .option(
        "--head <head>",
        "a head that was known once, SEQUENCE:HASH: it must still be part of the chain",
      )
      .action((environment: string, options: { head?: string }) =>
        perform(async (settings) =>
          (await import("../journal.ts")).verifyJournal(settings, environment, options.head ?? null),
        ),
      ),

  provision: (program, perform) =>
    program
      .command("provision <host...>")
      .description("prepare hosts: user, directories, HAProxy, sudo rule; shows its changes first")
      .option("--environment <name>", "the environment that the host is prepared for, where it is of several")
      .option("--user <name>", "come as this user instead of the one who deploys, e.g. root")
      .option("--sudo", "call everything by sudo")
      .option("--dry-run", "only show what would be changed")
      .option("--yes", "change it without asking")
      .action((hosts: string[], options: ProvisionOptions) =>
        perform(async (settings) => (await import("../provision.ts")).provision(settings, hosts, options)),
      ),
};
