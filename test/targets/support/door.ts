import { startDaemon } from "../../../pipeline/targets/local/daemon.ts";
import { refusalLine, untilEnded } from "../../../pipeline/targets/local/serve.ts";
import { realParts } from "./parts.ts";

// The daemon as a program of its own: door.ts STATE ENVIRONMENT [tied]
const [state = "", environment = "", tied] = process.argv.slice(2);
const started = await startDaemon({
  ...realParts(),
  state,
  environment,
  tool: "test",
  variables: process.env,
});
if (started.ok) {
  await untilEnded(started.value, { process, tiedTo: tied === "tied" ? process.stdin : null });
  process.exit(0);
}
process.stderr.write(refusalLine(started.failure));
process.exit(3);
