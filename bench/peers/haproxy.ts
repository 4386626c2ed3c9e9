// A process of its own: HAProxy as the daemon has it. Arguments: the port of each backend, as JSON, and a directory.
// Each message is the weights to shift to, answered once they are in force.
import { join } from "node:path";
import { systemClock } from "../../pipeline/io/clock.ts";
import { createProcesses } from "../../pipeline/io/processes.ts";
import { findHaproxy } from "../../pipeline/routers/haproxy/find.ts";
import { Haproxy } from "../../pipeline/routers/haproxy/haproxy.ts";

const backends: Record<string, number> = JSON.parse(process.argv[2] ?? "{}");
const directory = process.argv[3] ?? "";

const processes = createProcesses();
const found = await findHaproxy(processes, { path: process.env.PATH ?? "", wantedBy: "the bench" });
if (!found.ok) throw new Error("this figure needs HAProxy 2.4 or newer: apt-get install haproxy");
const router = new Haproxy({
  processes,
  clock: systemClock,
  program: found.value.program,
  directory,
  socket: (name) => join(directory, `${name}.sock`),
  note: console.error,
});
const bound = await router.listen(null);
if (!bound.ok) throw new Error(`HAProxy cannot listen: ${bound.failure}`);
for (const [name, port] of Object.entries(backends)) router.route(name, port);

process.on("message", async (weights: Record<string, number>) => {
  const shifted = await router.shift(weights);
  if (!shifted.ok) throw new Error(shifted.failure);
  process.send?.({ answer: "shifted" });
});
process.once("disconnect", () => process.exit());
process.send?.({ answer: bound.value });
