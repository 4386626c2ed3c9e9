import pg from "pg";
import { createApp } from "./app.js";
import { ConfigError, readConfig } from "./config.js";
import { Faults } from "./faults.js";
import { log } from "./log.js";
import { Metrics } from "./metrics.js";
import { Orders } from "./orders.js";
import { Stream } from "./stream.js";

/** Time that requests and sockets under way get at the end. */
const goodbyeMs = 10_000;

const config = loadConfig();
const faults = new Faults(config.fault, () => process.uptime());
if (faults.crashesOnStart) {
  console.error("QUOTES_FAULT: crash-on-start");
  process.exit(1);
}

const pool = new pg.Pool({
  connectionString: config.databaseUrl,
  max: 10,
  connectionTimeoutMillis: 3000,
  query_timeout: 5000,
  application_name: `quotes ${config.version}`,
});
pool.on("error", (error) => log("error", `database: ${error.message}`));

const state = { draining: false, streams: () => stream.size };
const orders = new Orders(pool, config.maxPositionSize);
const server = createApp({ config, pool, orders, metrics: new Metrics(), faults, state, now: Date.now });
const stream = new Stream(server, Date.now);

server.on("error", (error) => {
  console.error(`cannot listen on ${config.host}:${config.port}: ${error.message}`);
  process.exit(1);
});
server.listen(config.port, config.host, () => {
  log("info", "listening", { port: server.address().port, version: config.version });
});
if (faults.crashAfter !== null) setTimeout(crash, faults.crashAfter * 1000);
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, shutDown);

function loadConfig() {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

function crash() {
  console.error("QUOTES_FAULT: crash-after");
  process.exit(1);
}

async function shutDown(signal) {
  log("info", "shutting down", { signal });
  state.draining = true;
  const closed = new Promise((resolve) => server.close(resolve));
  stream.close();
  // A connection that becomes idle after its last answer would be kept alive otherwise.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const limit = setTimeout(() => {
    stream.terminate();
    server.closeAllConnections();
  }, goodbyeMs);
  await closed;
  clearInterval(idle);
  clearTimeout(limit);
  await pool.end();
  log("info", "stopped");
  process.exit(0);
}
