import { existsSync } from "node:fs";
import { copyFile, lstat, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { atMost, type Bench, type Figure } from "../figure.ts";
import { alternate, spread } from "../measure.ts";
import { commitAll } from "../repository.ts";

const files = 2_000;

/** An image of 30 MB in 2,000 files, whole process, beside what a shell and what buildah make of the same tree. */
export const imageBuild: Figure = {
  name: "image-build",
  about: `an image of two platforms from ${files} files of code (about 30 MB), beside tar, gzip -6 and sha256sum, and buildah`,
  async measure(bench) {
    const [two, one] = [join(bench.directory, "two"), join(bench.directory, "one")];
    const sources = await code(bench.repository);
    await plant(bench, two, sources, "[linux/amd64, linux/arm64]");
    await plant(bench, one, sources, "[linux/amd64]");
    const program = (directory: string) => ({
      argv: [process.execPath, bench.program, "run", "image", "-C", directory],
      directory,
      environment: { CI: "" },
    });
    const shell = (line: string) => ({ argv: ["sh", "-c", line], directory: two });
    const anew = (directory: string) => ({
      prepare: () => rm(join(directory, ".bellwether", "images"), { recursive: true, force: true }),
      run: () => bench.children.time(program(directory), 120_000),
    });
    const tar = shell("tar c dist | gzip -6 | sha256sum > /dev/null");
    const layout = join(bench.directory, "buildah");
    const buildah = shell(
      `rm -rf ${layout}; c=$(buildah from scratch) && buildah add -q $c dist /app > /dev/null && buildah commit -q --format oci $c oci:${layout} > /dev/null; buildah rm $c > /dev/null`,
    );
    const hasBuildah = existsSync("/usr/bin/buildah");
    const [ours, alone, piped, other] = await alternate(7, 1, [
      anew(two),
      anew(one),
      { run: () => bench.children.time(tar, 60_000) },
      ...(hasBuildah ? [{ run: () => bench.children.time(buildah, 60_000) }] : []),
    ]);
    const [again] = await alternate(7, 1, [{ run: () => bench.children.time(program(two), 60_000) }]);
    if (!ours || !alone || !piped || !again) throw new Error("a side has no sample");
    return {
      rows: [
        atMost("image-build", ours.median / piped.median, 1, "× tar | gzip -6 | sha256sum"),
        ...(other ? [atMost("image-build", ours.median / other.median, 0.6, "× buildah")] : []),
        atMost("image-build platform", ours.median / alone.median, 1.05, "× one platform"),
        atMost("image-build again", again.median / piped.median, 0.15, "× tar | gzip -6 | sha256sum"),
      ],
      notes: [
        `ours ${spread(ours)}, one platform ${spread(alone)}, again ${spread(again)}, tar ${spread(piped)}, ${other ? `buildah ${spread(other)}` : "no buildah here"}`,
      ],
      detail: { ours, alone, piped, again, ...(other ? { other } : {}) },
    };
  },
};

/** A repository with an artifact of code as people ship it: files of the packages that are installed here. */
async function plant(bench: Bench, directory: string, sources: string[], platforms: string): Promise<void> {
  for (const [index, source] of sources.entries()) {
    const place = join(directory, "dist", `part-${index % 40}`);
    if (index < 40) await mkdir(place, { recursive: true });
    await copyFile(source, join(place, `${index}-${basename(source)}`));
  }
  await writeFile(join(directory, ".gitignore"), ".bellwether/\ndist/\n");
  await writeFile(
    join(directory, "bellwether.yaml"),
    `app: tree\ncomponents:\n  api: { artifact: dist, command: node server.js }\nimages:\n  api: { repository: registry.example/tree, platforms: ${platforms} }\n`,
  );
  await commitAll(bench.children, directory);
}

/** Files of 5 to 100 kB of the packages here, the first ones by path: the locks say which. */
async function code(repository: string): Promise<string[]> {
  const found: string[] = [];
  for (const place of ["node_modules", "bench/node_modules"])
    for (const name of (await readdir(join(repository, place), { recursive: true })).sort()) {
      if (!/\.([cm]?[jt]s|json|css|md)$/.test(name)) continue;
      const path = join(repository, place, name);
      const seen = await lstat(path);
      if (seen.isFile() && seen.size >= 5_000 && seen.size <= 100_000) found.push(path);
      if (found.length === files) return found;
    }
  throw new Error(`${found.length} files of code are installed here, ${files} are needed`);
}
