import { systemClock } from "../../../pipeline/io/clock.ts";
import { ensureDaemon } from "../../../pipeline/targets/local/launch.ts";
import { doorCommand, variables } from "./world.ts";

// A program that ties a daemon to itself and waits to be killed: parent.ts STATE ENVIRONMENT
const [state = "", environment = ""] = process.argv.slice(2);
const made = await ensureDaemon({
  state,
  environment,
  tool: "test",
  command: doorCommand(state, environment, true),
  variables: variables(),
  tied: true,
  clock: systemClock,
});
process.stdout.write(`${JSON.stringify(made.ok ? made.value.daemon.pid : made.failure)}\n`);
setInterval(() => {}, 1000);
