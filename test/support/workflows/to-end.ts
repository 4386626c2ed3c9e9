import { spawn } from "node:child_process";

/** A program to its end, at most three minutes; both streams as one text. */
export function toEnd(
  program: string,
  args: string[],
  directory: string,
  environment: Record<string, string>,
): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: directory,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
    const limit = setTimeout(() => child.kill("SIGKILL"), 180_000);
    child.once("close", (code) => {
      clearTimeout(limit);
      resolve({ code, text });
    });
  });
}
