import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const system = `app: nothing
checks: { lint: { nothing: { run: "true", inputs: [bellwether.yaml] } } }
components: { api: { artifact: bellwether.yaml, command: "true" } }
images: { api: { repository: registry.example/nothing } }
`;

const commands = [["plan"], ["run", "lint"], ["run", "lint"], ["run", "image"], ["run", "image"]];

/** Starts the program that was just built, so that the code that its commonest commands need is kept compiled. */
export function keepCompiled(home: string): void {
  const directory = mkdtempSync(join(tmpdir(), "bellwether-compiled-"));
  const env = { ...process.env, BELLWETHER_KEEP_COMPILED: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
  const run = (program: string, ...args: string[]) =>
    spawnSync(program, args, { cwd: directory, env, stdio: "ignore", timeout: 30_000 });
  try {
    writeFileSync(join(directory, "bellwether.yaml"), system);
    const person = ["-c", "user.name=build", "-c", "user.email=build@localhost"];
    run("git", "init", "-q", "-b", "main");
    run("git", "add", ".");
    run("git", ...person, "commit", "-q", "--no-gpg-sign", "-m", "Nothing");
    for (const command of commands) run(process.execPath, join(home, "main.cjs"), ...command);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
