import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { installed } from "../packages.ts";
import type { Machine } from "./machines.ts";
import { home, there } from "./template.ts";

const execute = promisify(execFile);

/** Debian's is older than what a reload without a lost request needs; this one's source is in a crate of its makers. */
const version = "1.28.5";

/** An nginx that is new enough, made once on this machine. */
async function newNginx(): Promise<string> {
  const made = join(home, `nginx-${version}`);
  if (await there(made)) return made;
  await installed("libpcre2-dev", ["/usr/include/pcre2.h"]);
  await mkdir(home, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), "bw-nginx-"));
  const manifest = `[package]\nname = "source"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\nnginx-src = "=${version}"\n`;
  await writeFile(join(work, "Cargo.toml"), manifest);
  await writeFile(join(work, "lib.rs"), "");
  const step = (program: string, words: string[], cwd: string) =>
    execute(program, words, { cwd, timeout: 240_000, maxBuffer: 64 * 1024 * 1024 });
  await step("cargo", ["vendor", "vendor"], work);
  const source = join(work, "vendor/nginx-src/nginx");
  await step(
    "sh",
    ["auto/configure", "--prefix=/var/lib/nginx", "--without-http_gzip_module", "--with-cc-opt=-O1"],
    source,
  );
  await step("make", ["-j2"], source);
  await copyFile(join(source, "objs/nginx"), `${made}.${process.pid}`);
  await rename(`${made}.${process.pid}`, made);
  await rm(work, { recursive: true, force: true });
  return made;
}

/** Puts it on machines, as an administrator would. */
export async function giveNginx(machines: readonly Machine[]): Promise<void> {
  const program = await newNginx();
  for (const { root, sh } of machines) {
    await copyFile(program, join(root, "usr/local/sbin/nginx"));
    await sh("mkdir -p /var/lib/nginx/logs; chmod 755 /usr/local/sbin/nginx; nginx -v");
  }
}
