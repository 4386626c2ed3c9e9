// A process of its own: the built-in proxy. Argument: the port of each backend, as JSON. Each message is the weights
// to shift to, answered once they are in force.
import { createProxy } from "../../pipeline/routers/proxy/proxy.ts";

const backends: Record<string, number> = JSON.parse(process.argv[2] ?? "{}");

const proxy = createProxy();
for (const [name, port] of Object.entries(backends)) proxy.route(name, port);
const bound = await proxy.listen(null);
if (!bound.ok) throw new Error(`the proxy cannot listen: ${bound.failure}`);

process.on("message", (weights: Record<string, number>) => {
  void proxy.shift(weights).then(() => process.send?.({ answer: "shifted" }));
});
process.once("disconnect", () => process.exit());
process.send?.({ answer: bound.value });
