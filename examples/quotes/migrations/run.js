import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";

/** Number of the advisory lock that keeps two runs apart. */
const lock = 7_140_263;

const databaseUrl = process.env.DATABASE_URL;
if (!databaseUrl) {
  console.error("DATABASE_URL is missing");
  process.exit(2);
}

const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
// A lost connection also fails the query under way, which is where it is reported.
client.on("error", () => {});
try {
  await client.connect();
  await client.query("set lock_timeout = '60s'");
  await client.query("select pg_advisory_lock($1)", [lock]);
  await migrate();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await client.end().catch(() => {});
}

async function migrate() {
  await client.query(
    `create table if not exists schema_migrations (
       name text primary key, checksum text not null, applied_at timestamptz not null default now())`,
  );
  const { rows } = await client.query("select name, checksum from schema_migrations");
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const directory = fileURLToPath(new URL(".", import.meta.url));
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  let count = 0;
  for (const name of names) {
    const sql = await readFile(`${directory}${name}`, "utf8");
    const checksum = createHash("sha256").update(sql).digest("hex");
    if (applied.get(name) === checksum) continue;
    if (applied.has(name)) throw new Error(`${name} was changed after it had been applied`);
    await apply(name, sql, checksum);
    count += 1;
  }
  console.log(count === 0 ? `nothing to apply, ${names.length} applied before` : `applied ${count}`);
}

async function apply(name, sql, checksum) {
  try {
    await client.query("begin");
    await client.query(sql);
    await client.query("insert into schema_migrations (name, checksum) values ($1, $2)", [name, checksum]);
    await client.query("commit");
    console.log(`applied ${name}`);
  } catch (error) {
    await client.query("rollback").catch(() => {});
    const line = error.position ? `:${sql.slice(0, Number(error.position) - 1).split("\n").length}` : "";
    throw new Error(`${name}${line}: ${error.message}`);
  }
}
