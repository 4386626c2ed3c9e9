import { expect, test } from "vitest";
import type { Written } from "../../pipeline/init/init.ts";
import { look as writes } from "../support/init.ts";

type Looked = ReturnType<typeof writes>;

const manifest = '[package]\nname = "ledger"\nversion = "0.1.0"\nedition = "2021"\n';

function look(files: Record<string, string>, more = ""): Looked {
  const written = writes({ "Cargo.toml": `${manifest}${more}`, "Cargo.lock": "", ...files });
  expect(written.problems).toEqual([]);
  return written;
}

const said = ({ sayings }: Written, kind: string): string =>
  sayings
    .filter((saying) => saying.kind === kind)
    .map((saying) => Object.values(saying).join(" | "))
    .join("\n");

const library = "pub fn open() -> bool {\n    true\n}\n";
const tested = `${library}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn opens() {}\n}\n`;
const integration = "#[tokio::test]\nasync fn answers() {}\n";

test("a crate without a test has no check that passes without one, and that is told", () => {
  const written = look({ "src/lib.rs": `${library}\n#[cfg(test)]\nmod nothing {}\n` });
  expect(written.config.checks.unit).toBeUndefined();
  expect(said(written, "unknown")).toContain("no tests were found in the Rust project: `cargo test` passes");
});

test("tests that stand only in tests/ are no unit tests, and helpers there are no tests", () => {
  const far = look({
    "src/lib.rs": library,
    "tests/api/main.rs": "mod orders;\n",
    "tests/api/orders.rs": integration,
  });
  expect(far.config.checks.unit).toBeUndefined();
  expect(far.config.checks.integration).toBe("cargo test --locked --test '*'");
  const helpers = look({ "src/lib.rs": tested, "tests/common.rs": "pub fn url() {}\n" });
  expect(helpers.config.checks.integration).toBeUndefined();
  expect(helpers.config.checks.unit).toContain("cargo test --locked --lib");
});

test("a test with a main of its own is one without any attribute", () => {
  const own = '\n[[test]]\nname = "replay"\nharness = false\n';
  const { config } = look({ "src/lib.rs": library, "tests/replay.rs": "fn main() {}\n" }, own);
  expect(config.checks.integration).toBe("cargo test --locked --test '*'");
});

test("tests that cargo ignores are told, and are no check where there are no others", () => {
  const files = {
    "src/lib.rs": tested,
    "tests/database.rs": `#[ignore = "needs PostgreSQL"]\n${integration}`,
  };
  const written = look(files);
  expect(written.config.checks.integration).toBeUndefined();
  expect(said(written, "unknown")).toContain(
    "1 test finds that cargo passes over as ignored (tests/database.rs)",
  );
  const both = look({ ...files, "tests/api.rs": integration });
  expect(both.config.checks.integration).toBe("cargo test --locked --test '*'");
});

test("tests behind a feature that is named after something real outside are left to a person", () => {
  const guarded = `#![cfg(feature = "live")]\n${integration}`;
  const written = look({ "src/lib.rs": tested, "tests/orders.rs": guarded }, "\n[features]\nlive = []\n");
  expect(written.config.checks.integration).toBeUndefined();
  expect(said(written, "unknown")).toContain("may run with live");
});

test("features that tests ask for are given to them, by the crate's name in a workspace", () => {
  const wanting = '\n[features]\ndb = []\n\n[[test]]\nname = "database"\nrequired-features = ["db"]\n';
  const files = {
    "src/lib.rs": tested,
    "tests/database.rs": integration,
    "tests/redis.rs": `#![cfg(feature = "redis")]\n${integration}`,
  };
  const written = look(files, wanting);
  expect(written.config.checks.integration).toBe("cargo test --locked --features db,redis --test '*'");
  expect(said(written, "guessed")).toContain("the integration tests run with db, redis");
  const workspace = look(files, `${wanting}\n[workspace]\n`);
  expect(workspace.config.checks.integration).toBe(
    "cargo test --locked --workspace --features ledger/db,ledger/redis --test '*'",
  );
});

const sqlx = '\n[dependencies]\nsqlx = "0.8"\n';
const query = 'pub async fn all() {\n    sqlx::query!("select 1");\n}\n';

test("queries that are prepared are compiled without a database, wherever cargo compiles", () => {
  const data = { ".sqlx/query-0a1b.json": "{}", "src/main.rs": "fn main() {}\n" };
  const { config } = look({ "src/lib.rs": `${query}${tested}`, "tests/api.rs": integration, ...data }, sqlx);
  expect(config.checks).toMatchObject({
    lint: { clippy: "SQLX_OFFLINE=true cargo clippy --locked --all-targets -- -D warnings" },
    unit: "SQLX_OFFLINE=true cargo test --locked --lib --bins && SQLX_OFFLINE=true cargo test --locked --doc",
    integration: "SQLX_OFFLINE=true cargo test --locked --test '*'",
  });
  expect(config.components.ledger.build.run).toBe(
    "SQLX_OFFLINE=true cargo build --locked --release --bin ledger",
  );
});

test("queries that are checked against a database and not prepared are told", () => {
  expect(said(look({ "src/lib.rs": query }, sqlx), "unknown")).toContain(
    "which database sqlx checks its queries against as it compiles (src/lib.rs)",
  );
  const other = 'fn main() {\n    query!("select 1");\n}\n';
  expect(said(look({ "src/main.rs": other }), "unknown")).not.toContain("sqlx");
});

test("migrations that a program embeds are applied by it", () => {
  const migrations = { "migrations/1_orders.sql": "create table orders ();\n" };
  const written = look({ ...migrations, "src/main.rs": "fn main() {\n    sqlx::migrate!();\n}\n" }, sqlx);
  expect(said(written, "guessed")).toContain(
    "the program applies migrations itself | src/main.rs embeds them",
  );
  expect(said(written, "unknown")).not.toContain("who applies");
  expect(said(look({ ...migrations, "src/main.rs": "fn main() {}\n" }), "unknown")).toContain(
    "who applies migrations",
  );
});

test.each([
  ["rust-toolchain.toml", '[toolchain]\nchannel = "1.80.1"\n', "1.80.1"],
  ["rust-toolchain", "1.80\n", "1.80"],
  ["rust-toolchain", '[toolchain]\nchannel = "1.80.1"\n', "1.80.1"],
  ["rust-toolchain.toml", '[toolchain]\nchannel = "1.80.1-x86_64-unknown-linux-gnu"\n', "1.80.1"],
])("%s names the version", (file, text, version) => {
  const written = look({ "src/main.rs": "fn main() {}\n", [file]: text });
  expect(String(written.config.toolchains.rust.version)).toBe(version);
  expect(said(written, "guessed")).not.toContain("Rust >=");
});

test("a channel that moves names no version, and is told by its name", () => {
  const nightly = '[toolchain]\nchannel = "nightly-2025-01-01"\n';
  const written = look({ "src/main.rs": "fn main() {}\n", "rust-toolchain.toml": nightly });
  expect(written.config.toolchains.rust.version).toBe(">=1.70");
  expect(said(written, "guessed")).toContain("Rust >=1.70 | rust-toolchain.toml asks for nightly-2025-01-01");
});

test("programs in a directory of tools are no components, and are told", () => {
  const written = look(
    {
      "src/main.rs": "fn main() {}\n",
      "tools/seed/Cargo.toml": manifest.replace("ledger", "seed"),
      "tools/seed/src/main.rs": "fn main() {}\n",
    },
    '\n[workspace]\nmembers = ["tools/*"]\n',
  );
  expect(Object.keys(written.config.components)).toEqual(["ledger"]);
  expect(said(written, "unknown")).toContain("whether seed runs in production");
});
