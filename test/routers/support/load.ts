import { Agent, request } from "node:http";

/** What clients saw: how many answers by their body's first part, and everything that was no 2xx answer. */
export type Seen = { answers: number; failures: string[] };

/** Keep-alive clients, each sending GET and POST in turn, until `requests` are done or `stopped` says so. */
export async function load(
  port: number,
  options: {
    clients: number;
    requests: number;
    /** Address of the router; loopback where nothing is said. */
    host?: string;
    stopped?: () => boolean;
    eachAnswer?: (done: number) => void;
  },
): Promise<Seen> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.clients });
  const seen: Seen = { answers: 0, failures: [] };
  let begun = 0;
  const one = (post: boolean) =>
    new Promise<void>((resolve) => {
      const failed = (why: string) => {
        seen.failures.push(why);
        resolve();
      };
      const sent = request(
        {
          agent,
          host: options.host ?? "127.0.0.1",
          port,
          method: post ? "POST" : "GET",
          path: "/",
          timeout: 10_000,
        },
        (answer) => {
          answer.on("error", (error) => failed(error.message));
          answer.on("end", () => {
            if (answer.statusCode !== 200) return failed(`status ${answer.statusCode}`);
            seen.answers++;
            options.eachAnswer?.(seen.answers);
            resolve();
          });
          answer.resume();
        },
      );
      sent.on("timeout", () => sent.destroy(new Error("timed out")));
      sent.on("error", (error) => failed(error.message));
      sent.end(post ? '{"symbol":"AAPL"}' : undefined);
    });
  const client = async () => {
    for (let post = false; begun < options.requests && !options.stopped?.(); post = !post) {
      begun++;
      await one(post);
    }
  };
  await Promise.all(Array.from({ length: options.clients }, client));
  agent.destroy();
  return seen;
}
