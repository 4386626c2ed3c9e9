import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFileAtomic } from "../../io/files.ts";
import { type SecretVersion, secretVersionsBy } from "../secret-versions.ts";

/** The versions of an environment; its salt is made once and never leaves the target. */
export async function secretVersions(saltFile: string): Promise<SecretVersion> {
  return secretVersionsBy(await saltIn(saltFile));
}

async function saltIn(file: string): Promise<string> {
  const kept = await readFile(file, "utf8").catch(() => "");
  if (/^[0-9a-f]{64}$/.test(kept.trim())) return kept.trim();
  const made = randomBytes(32).toString("hex");
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, `${made}\n`, { mode: 0o600 });
  return made;
}
