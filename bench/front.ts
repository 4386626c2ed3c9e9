import { Agent, get } from "node:http";

/** One answer at the front: when its request was sent and when it came (ms, `performance.now`), and of which version. */
export type Answer = { sent: number; at: number; version: string; good: boolean };

/** What came to clients so far; `stop` ends them. */
export type Front = { answers: Answer[]; stop(): Promise<void> };

/** Keep-alive clients that ask for `path` again and again, each `pauseMs` after its last answer. */
export function watchFront(url: string, clients: number, pauseMs: number): Front {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answers: Answer[] = [];
  let over = false;
  const one = () =>
    new Promise<void>((resolve) => {
      const sent = performance.now();
      const done = (version: string, good: boolean): void => {
        answers.push({ sent, at: performance.now(), version, good });
        resolve();
      };
      get(`${url}/version`, { agent }, (response) => {
        const version = String(response.headers["x-app-version"] ?? "none");
        response.once("end", () => done(version, response.statusCode === 200));
        response.once("error", () => done(version, false));
        response.resume();
      }).once("error", () => done("none", false));
    });
  const client = async (): Promise<void> => {
    while (!over) {
      await one();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    answers,
    stop: async () => {
      over = true;
      await all;
      agent.destroy();
    },
  };
}
