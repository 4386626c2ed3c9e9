import { createServer } from "node:http";

/** What stands behind the front. */
createServer((_, response) => response.end("feed")).listen(Number(process.env.PORT), "127.0.0.1", () =>
  console.log(`feeding ${process.env.DEPTH} levels`),
);
