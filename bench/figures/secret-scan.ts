import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { atMost, type Bench, type Figure } from "../figure.ts";
import { alternate, sample, spread } from "../measure.ts";
import { commitAll } from "../repository.ts";

const files = 5_000;
const linesOfFile = 60;

/** The scan of a tree beside secretlint's own program with the same preset, and the scan that comes from the cache. */
export const secretScan: Figure = {
  name: "secret-scan",
  about: `a scan of ${files} files for secrets, beside secretlint's, and one from the cache`,
  async measure(bench) {
    const directory = join(bench.directory, "tree");
    await plant(bench, directory);
    const node = process.execPath;
    const program = (...args: string[]) => ({
      argv: [node, bench.program, ...args, "-C", directory],
      directory,
      environment: { CI: "" },
    });
    const secretlint = {
      argv: [
        node,
        join(import.meta.dirname, "..", "node_modules", "secretlint", "bin", "secretlint.js"),
        "src/**/*",
      ],
      directory,
    };
    const [own, alone] = await alternate(1, 0, [
      { run: () => bench.children.time(program("scan", "secrets", "--scanner", "built-in"), 300_000) },
      { run: () => bench.children.time(secretlint, 600_000) },
    ]);
    if (!own || !alone) throw new Error("a side has no sample");
    await bench.children.time(program("run", "security-scan"), 300_000);
    const values: number[] = [];
    for (let round = 0; round < 9; round++)
      values.push(await bench.children.time(program("run", "security-scan"), 60_000));
    const cached = sample(values);
    return {
      rows: [
        atMost("secret-scan", own.median / alone.median, 1.5, "× secretlint"),
        atMost("secret-scan cached", cached.median, 250, "ms"),
      ],
      notes: [`ours ${spread(own)}, secretlint ${spread(alone)}, cached ${spread(cached)}`],
      detail: { own, alone, cached },
    };
  },
};

/** A tree of sources as people write them, without a secret. */
async function plant(bench: Bench, directory: string): Promise<void> {
  for (let index = 0; index < files; index++) {
    const place = join(directory, "src", `part-${index % 50}`);
    if (index < 50) await mkdir(place, { recursive: true });
    const lines = Array.from(
      { length: linesOfFile },
      (_, line) =>
        `export const value${line} = compute(${index}, "name-${line}", { limit: ${line * 7} }); // of part ${index % 50}`,
    );
    await writeFile(join(place, `module-${index}.ts`), `${lines.join("\n")}\n`);
  }
  await writeFile(join(directory, ".gitignore"), ".bellwether/\n");
  await writeFile(
    join(directory, ".secretlintrc.json"),
    JSON.stringify({
      rules: [
        {
          id: join(
            import.meta.dirname,
            "..",
            "node_modules",
            "@secretlint",
            "secretlint-rule-preset-recommend",
          ),
        },
      ],
    }),
  );
  await writeFile(
    join(directory, "bellwether.yaml"),
    "app: tree\nsecurity: { secrets: { scanner: built-in } }\n",
  );
  await commitAll(bench.children, directory);
}
