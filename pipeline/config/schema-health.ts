import { z } from "zod";
import { command, keyed, limit, name, percent, text, wholeNumber } from "./schema-parts.ts";

const pair = <Part extends z.ZodType>(part: Part, error: string) => z.tuple([part, part], { error });
const shares = pair(percent, "[degraded, unhealthy], such as [75%, 90%]");

const placeWords = "an http(s) URL, or a path of this environment that begins with /";
const place = z.string({ error: placeWords }).regex(/^(\/|https?:\/\/|\$\{)\S*$/, { error: placeWords });

const socketWords = "a ws(s) URL, or a path of this environment that begins with /";
const socket = z.string({ error: socketWords }).regex(/^(\/|wss?:\/\/|\$\{)\S*$/, { error: socketWords });

const address = z
  .string({ error: "an address such as db.internal:5432" })
  .regex(/^(\$\{\S+\}|[^\s:/]+:\d{1,5}|\[[0-9a-fA-F:.]+\]:\d{1,5})$/, {
    error: "an address such as db.internal:5432",
  });

/** One check: exactly one of the keys that say what is checked (`rules-health.ts`), and those that go with it. */
const check = keyed({
  postgres: text
    .optional()
    .describe("URL of a PostgreSQL, by reference such as ${DATABASE_URL}; it is asked `select 1`."),
  redis: text.optional().describe("URL of a Redis, by reference such as ${REDIS_URL}; it is sent PING."),
  http: place.optional().describe("URL that is asked, or a path of this environment."),
  tcp: address.optional().describe("HOST:PORT that must take a connection."),
  websocket: socket.optional().describe("URL whose hand-shake is made, or a path of this environment."),
  command: command
    .optional()
    .describe("A command that ends with 0 while all is well; its last line is the reason."),
  cpu: shares.optional().describe("CPU of the host in use, [degraded, unhealthy]. Default: not judged."),
  memory: shares
    .optional()
    .describe("Memory of the host in use, [degraded, unhealthy]. Default: not judged."),
  disk: shares
    .optional()
    .describe("Space in use where the environment lives, [degraded, unhealthy]. Default: not judged."),
  status: wholeNumber(100, 599).optional().describe("With http: status of the answer. Default: 200."),
  text: text.optional().describe("With http: text that the answer must contain. Default: any."),
  degraded: limit.optional().describe("An answer that takes this long is DEGRADED. Default: unhealthy's."),
  unhealthy: limit
    .optional()
    .describe("An answer that takes longer than this is UNHEALTHY. Default: the time limit."),
  timeout: limit.optional().describe("Time limit of the check. Default: unhealthy, or else 2s."),
});

/** The checks of an environment's health, by the name of what is checked. */
export const health = z.record(name, check, { error: "a map of name to check" });

export type WrittenHealth = z.input<typeof health>;
export type WrittenHealthCheck = WrittenHealth[string];
