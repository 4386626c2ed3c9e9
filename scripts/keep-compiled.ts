import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const system = `app: nothing
checks: { lint: { nothing: { run: "true", inputs: [bellwether.yaml] } } }
components: { api: { artifact: bellwether.yaml, command: "true" } }
images: { api: { repository: registry.example/nothing } }
`;
const git = "git init -q -b main && git add . && git -c user.name=a -c user.email=a@localhost commit -qm a";
const commands = [["plan"], ["run", "lint"], ["run", "image"]];
/** Starts the program that was just built, so that V8's code of what its commonest commands need, cached, is kept. */
export function keepCompiled(home: string): void {
  const cwd = mkdtempSync(join(tmpdir(), "bellwether-compiled-"));
  // Nothing of the caller's: in a hook of git's its variables lead to the repository that is being built.
  const { PATH, HOME } = process.env;
  const run = (keep: string, program: string, ...args: string[]) => {
    const env = { PATH, HOME, GIT_CONFIG_GLOBAL: "/dev/null", BELLWETHER_KEEP_COMPILED: keep };
    spawnSync(program, args, { cwd, env, stdio: "ignore", timeout: 30_000 });
  };
  try {
    writeFileSync(join(cwd, "bellwether.yaml"), system);
    run("0", "sh", "-c", git);
    for (const keep of ["0", "1"])
      for (const command of commands) run(keep, process.execPath, join(home, "main.cjs"), ...command);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
