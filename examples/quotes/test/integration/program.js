import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

export const databaseUrl = process.env.DATABASE_URL ?? "";
if (databaseUrl === "") throw new Error("DATABASE_URL must name a PostgreSQL that the tests may write to");

/** Runs a file of the project to its end. */
export async function run(file, environment) {
  const child = spawn(process.execPath, [file], {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output += chunk;
    });
  const [code] = await once(child, "close");
  return { code, output };
}

/** Starts the service on a free port; `end` settles with its exit code. */
export async function start(t, environment = {}) {
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: databaseUrl,
    PORT: "0",
    VERSION: "1.2.3",
    ...environment,
  };
  const child = spawn(process.execPath, ["src/server.js"], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = once(child, "close").then(([code]) => code);
  t.after(async () => {
    child.kill("SIGKILL");
    await end;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { message, port } = JSON.parse(line);
    if (message !== "listening") continue;
    child.stdout.resume();
    return { url: `http://127.0.0.1:${port}`, stop: () => child.kill("SIGTERM"), end };
  }
  throw new Error(`the service ended with ${await end}`);
}

export const post = (url, body, headers = {}) =>
  fetch(`${url}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
