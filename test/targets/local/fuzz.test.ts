import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { followUps } from "../../../pipeline/deploy/follow-up.ts";
import { completed, history, toBePutRight } from "../../../pipeline/deploy/history.ts";
import { chain, type JournalEntry, verify } from "../../../pipeline/deploy/journal.ts";
import { completedLine } from "../../../pipeline/deploy/rollback.ts";
import { Secret } from "../../../pipeline/secret.ts";
import { connectLocal } from "../../../pipeline/targets/local/client.ts";
import { startDaemon } from "../../../pipeline/targets/local/daemon.ts";
import { readJournals, readLocal } from "../../../pipeline/targets/local/read.ts";
import { unwrap } from "../../support/unwrap.ts";
import { realParts } from "../support/parts.ts";
import { deploy, lease, release, up, variables, world } from "../support/world.ts";

const [one, two] = [release("1.0.0"), release("1.1.0")];
let here: Awaited<ReturnType<typeof world>>;

/** An environment with two releases, 1.0.0 live and stopped by a person, and a rollout of 1.1.0 that returned. */
beforeAll(async () => {
  here = await world();
  const daemon = await here.daemon();
  const deployment = await here.connected();
  unwrap(await deployment.configure(here.configuration));
  unwrap(await deployment.store.acquire(lease("1.0.0")));
  unwrap(await deployment.target.place(one, { TOKEN: new Secret("TOKEN", "a-token") }));
  await deploy(deployment, one);
  unwrap(await deployment.store.acquire(lease("1.1.0")));
  const { kind, ...began } = {
    kind: "rollout-began" as const,
    rollout: "rollout-1.1.0",
    cause: "deploy" as const,
    version: "1.1.0",
    release: two.id,
    digests: [],
    stable: one.id,
    strategy: "canary",
    actor: "ada",
    tool: "0.1.0",
    approvals: [],
    configDigest: "0",
    limits: {},
  };
  unwrap(await deployment.store.append({ kind, ...began }));
  await up(deployment, two);
  const { rollout, version } = began;
  unwrap(
    await deployment.store.append({
      kind: "rollout-ended",
      rollout,
      version,
      release: two.id,
      outcome: "returned",
      live: "1.0.0",
      failure: null,
      reason: "",
    }),
  );
  await deployment.store.release();
  unwrap(await deployment.inspect.stop(null, "ada"));
  await daemon.stop();
});
afterAll(() => here.close());

const files = {
  state: "state.json",
  journal: "journal.ndjson",
  copy: "journal.ndjson.copy",
  release: `releases/${one.id}/release.json`,
  images: `releases/${one.id}/images.json`,
  secrets: `releases/${one.id}/environment.json`,
  record: `placed/${one.id}.json`,
  salt: "placed/salt",
};

/** What a crash, a bad disk or a hand can make of a file. */
const damage = fc.oneof(
  fc.record({ how: fc.constant("cut" as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    how: fc.constant("bytes" as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
  }),
  fc.record({
    how: fc.constant("digit" as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    digit: fc.constantFrom(..."0123456789abcdef"),
  }),
  fc.record({ how: fc.constant("json" as const), value: fc.json() }),
  fc.record({ how: fc.constant("twice" as const) }),
);

type Damage = typeof damage extends fc.Arbitrary<infer Kind> ? Kind : never;

function damaged(before: Buffer, what: Damage): Buffer {
  if (what.how === "json") return Buffer.from(what.value);
  if (what.how === "twice") return Buffer.concat([before, before]);
  const at = Math.floor(what.at * before.length);
  if (what.how === "cut") return before.subarray(0, at);
  const after = Buffer.from(before);
  if (what.how === "digit") after.write(what.digit, Math.min(at, after.length - 1));
  else Buffer.from(what.bytes).copy(after, at);
  return after;
}

test("B7: whatever happens to one file, reading never fails in a way of its own, and never tells another live release", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...(Object.keys(files) as (keyof typeof files)[])),
      damage,
      async (name, what) => {
        const file = join(here.root, files[name]);
        const before = await readFile(file);
        await writeFile(file, damaged(before, what));
        try {
          const read = unwrap(await readLocal(here.state, "staging"));
          expect(read?.live).toBe(one.id);
          expect(read?.releases.map(({ id }) => id).sort()).toEqual([one.id, two.id].sort());
          expect(read?.releases.find(({ id }) => id === one.id)).toEqual(one);
          const journal = await readJournals(here.state, "staging");
          expect(verify(journal.entries).ok).toBe(true);
          if (!journal.broken) expect(journal.entries.length).toBeGreaterThanOrEqual(3);
        } finally {
          await writeFile(file, before);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("B7: a state that names another release as the live one than it did is not believed", async () => {
  const file = join(here.root, files.state);
  const before = await readFile(file, "utf8");
  await writeFile(file, before.replace(one.id, two.id));
  const read = unwrap(await readLocal(here.state, "staging"));
  await writeFile(file, before);
  expect(read).toMatchObject({
    live: one.id,
    notes: [`${file}: its content does not fit its sum; the last valid copy was used`],
  });
});

test("B7: whatever happens to one file, a new daemon starts or says why not, and serves nothing but the live release", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...(Object.keys(files) as (keyof typeof files)[])),
      damage,
      async (name, what) => {
        const state = await mkdtemp(join(tmpdir(), "bellwether-fuzz-"));
        try {
          await cp(here.state, state, { recursive: true });
          const file = join(state, "local", "staging", files[name]);
          await writeFile(file, damaged(await readFile(file), what));
          const options = {
            ...realParts(),
            state,
            environment: "staging",
            tool: "test",
            variables: variables(),
          };
          const daemon = unwrap(await startDaemon(options));
          const client = unwrap(await connectLocal({ state, environment: "staging", tool: "test" }));
          const { observation } = unwrap(await client.inspect.status());
          expect(observation).toMatchObject({ live: one.id, weights: {} });
          const acquired = await client.store.acquire(lease("1.2.0"));
          if (!acquired.ok) expect(acquired.failure.kind).toBe("journal-broken");
          unwrap(await client.target.drift());
          await client.close();
          await daemon.stop();
        } finally {
          await rm(state, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 15 },
  );
});

test("a journal whose entries say anything at all, in a whole chain, is read without a crash", async () => {
  const facts = fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constantFrom("rollout-began", "rollout-ended", "outcome", "intent", "committed", "new-kind"),
        rollout: fc.oneof(fc.constantFrom("a", "b"), fc.anything()),
        outcome: fc.oneof(fc.constantFrom("completed", "returned"), fc.anything()),
        digests: fc.oneof(fc.array(fc.string()), fc.anything()),
        release: fc.anything(),
      }),
      fc.record({ kind: fc.string() }),
    ),
    { maxLength: 8 },
  );
  const journal = join(here.root, files.journal);
  const copy = join(here.root, files.copy);
  const before = [await readFile(journal), await readFile(copy)] as const;
  try {
    await fc.assert(
      fc.asyncProperty(facts, async (said) => {
        const entries: JournalEntry[] = [];
        for (const fact of said) {
          const plain = JSON.parse(
            JSON.stringify(fact, (_, value) => (typeof value === "bigint" ? "" : value)),
          );
          entries.push(chain(entries.at(-1) ?? null, 1, plain));
        }
        const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
        await writeFile(journal, text);
        await writeFile(copy, text);
        const read = await readJournals(here.state, "staging");
        for (const tell of [history, completed, completedLine, followUps]) tell(read.entries);
        toBePutRight(read.entries);
        expect(read.entries.length === entries.length || read.broken !== null).toBe(true);
      }),
      { numRuns: 100 },
    );
  } finally {
    await writeFile(journal, before[0]);
    await writeFile(copy, before[1]);
  }
  expect(await readdir(here.root)).toContain(files.journal);
});
