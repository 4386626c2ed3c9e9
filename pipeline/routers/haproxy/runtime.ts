import { connect } from "node:net";
import { fail, ok, type Result } from "../../result.ts";

/** Time (ms) for HAProxy to answer on its runtime interface: it stands still only where the whole machine does. */
const answerLimitMs = 5_000;

/** Sends one line of commands to the runtime interface at `socket` and gives what it says; a failure is one sentence. */
export function ask(socket: string, commands: string): Promise<Result<string, string>> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    let said = "";
    connection.setEncoding("utf8");
    connection.setTimeout(answerLimitMs, () =>
      connection.destroy(new Error(`no answer within ${answerLimitMs} ms`)),
    );
    connection.on("connect", () => void connection.write(`${commands}\n`));
    connection.on("data", (text: string) => {
      said += text;
    });
    connection.on("error", (error) => resolve(fail(`HAProxy's runtime interface: ${error.message}`)));
    // It closes the connection after the last answer.
    connection.on("end", () => resolve(ok(said)));
    connection.on("close", () => resolve(fail("HAProxy's runtime interface closed without an answer")));
  });
}

/** The value of a line `NAME: VALUE` of `show info`. */
export const factOf = (information: string, name: string): string | null =>
  new RegExp(`^${name}: *(.*)$`, "m").exec(information)?.[1] ?? null;

/** What a command that changes something says is wrong; it says nothing, or that nothing had to change, where it is not. */
export function complaintOf(said: string): string | null {
  const lines = said.split("\n").map((line) => line.trim());
  return (
    lines.find((line) => line !== "" && !/^(no need to change|port changed|ip changed)/i.test(line)) ?? null
  );
}
