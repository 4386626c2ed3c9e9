import { randomUUID } from "node:crypto";
import type { Executed } from "../../deploy/target.ts";
import type { ProcessEnd } from "../../failure.ts";
import type { Redactor } from "../../redact.ts";
import { fail, ok, type Result } from "../../result.ts";
import { about, first } from "./answer.ts";
import type { Fleet } from "./fleet.ts";
import type { Host, HostFailure } from "./host.ts";

const seconds = 1_000;

/**
 * Runs a command once on a host, as a unit of its own: a connection that is cut ends nothing, and its end is asked for
 * until it is there.
 */
export async function executed(
  fleet: Fleet,
  host: Host,
  redactor: Redactor,
  asked: { directory: string; component: string; argv: string[]; timeoutMs: number },
): Promise<Result<Executed>> {
  const run = randomUUID();
  const { directory, component, argv, timeoutMs } = asked;
  const limit = Math.ceil(timeoutMs / 1_000);
  const input = argv.map((word) => `${Buffer.from(word).toString("base64")}\n`).join("");
  const begin = () =>
    host.ask(["exec", fleet.token, directory, component, limit, run], { input, timeoutMs: 30 * seconds });
  // A run has one name: asking again where the answer was lost does not do it again.
  let begun = await begin();
  if (!begun.ok && begun.failure.kind === "unknown") begun = await begin();
  if (!begun.ok) return fail(fleet.failureOf(host, "execute", begun.failure));
  let lost = 0;
  for (;;) {
    const waited: Result<string[], HostFailure> = await host.ask(["exec-wait", run], {
      timeoutMs: 30 * seconds,
    });
    if (!waited.ok) {
      if (waited.failure.kind === "refused" || ++lost > 5)
        return fail(fleet.failureOf(host, "execute", waited.failure));
      continue;
    }
    const end = first(waited.value, "end")?.split(" ");
    if (!end) continue;
    const log = about(waited.value, "log").map((line) => redactor.line(line));
    return ok({ end: endOf(end), timedOut: end[2] === "timeout", log });
  }
}

/** As systemd tells it: EXIT_CODE and EXIT_STATUS of systemd.exec(5). */
const endOf = ([code, status]: string[]): ProcessEnd =>
  code === "exited"
    ? { exitCode: Number(status), signal: null }
    : { exitCode: null, signal: `SIG${status}` as ProcessEnd["signal"] };
