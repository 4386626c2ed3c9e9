import { afterEach, describe, expect, test } from "vitest";
import type { ServiceSpec } from "../../pipeline/config/config.ts";
import type { HermeticStep } from "../../pipeline/plan/plan.ts";
import type { Executor, StepOutcome } from "../../pipeline/run/executor.ts";
import { hermetic, planOf } from "../support/hermetic.ts";

/** An executor for a checkout of these files; `again` gives another one of the same checkout, as the next run has. */
export type ExecutorRig = { executor: Executor; again(): Promise<Executor>; close(): Promise<unknown> };

export type ExecutorContract = {
  make(files: Record<string, string>, secrets: Record<string, string>): Promise<ExecutorRig>;
  /** Image with sh and bash. */
  image: string;
  /** Null: there are no servers in this rig. */
  postgres: string | null;
};

/** What the loop relies on, wherever steps run. */
export function executorContract(name: string, { make, image, postgres }: ExecutorContract): void {
  describe(`${name} keeps the contract of an executor`, () => {
    const closing: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });

    const made = async (secrets: Record<string, string> = {}) => {
      const rig = await make({ "a.txt": "a\n", "src/b.txt": "b\n" }, secrets);
      closing.push(() => rig.close());
      return rig;
    };
    const step = (parts: Partial<HermeticStep>) => hermetic({ id: "unit:contract", image, ...parts });
    const told: string[] = [];
    const run = async (executor: Executor, ...steps: HermeticStep[]): Promise<StepOutcome> => {
      told.length = 0;
      expect(await executor.supports(planOf(steps), steps)).toEqual([]);
      let last: StepOutcome | null = null;
      for (const each of steps)
        last = await executor.run(each, {
          signal: new AbortController().signal,
          output: (stream, line) => void told.push(`${stream}: ${line}`),
        });
      if (last === null) throw new Error("no step was given");
      return last;
    };
    const text = async (executor: Executor, of: HermeticStep, path: string): Promise<string> => {
      const read = await executor.read(of, path);
      return read.ok ? read.value : `not read: ${read.failure}`;
    };

    test("a string runs by sh, a list as it is, in the step's directory, one after the other", async () => {
      const { executor } = await made();
      const one = step({
        directory: "src",
        commands: ["ls | cat > ../said.txt", ["sh", "-c", 'echo "$0" >> ../said.txt', "$HOME; exit 1"]],
        outputs: ["said.txt"],
      });
      expect(await run(executor, one)).toMatchObject({ ok: true });
      expect(await text(executor, one, "said.txt")).toBe("b.txt\n$HOME; exit 1\n");
    });

    test("the first command that fails ends the step with its code and its last lines", async () => {
      const { executor } = await made();
      const outcome = await run(
        executor,
        step({ commands: ["echo one; echo two >&2; exit 7", "echo never"] }),
      );
      expect(outcome).toMatchObject({ ok: false, failure: { kind: "step-failed", end: { exitCode: 7 } } });
      if (outcome.ok || outcome.failure.kind !== "step-failed") throw new Error("it should have failed");
      expect([...outcome.failure.tail].sort()).toEqual(["one", "two"]);
      expect(told.join()).not.toContain("never");
    });

    test("what a step writes is there for those that need it, directly or not", async () => {
      const { executor } = await made();
      const first = step({
        id: "setup:one",
        commands: ["mkdir -p out && echo 1 > out/one"],
        outputs: ["out"],
      });
      const second = step({
        ...{ id: "build:two", needs: ["setup:one"], inputs: ["a.txt"] },
        ...{ commands: ["cat a.txt out/one > two"], outputs: ["two"] },
      });
      const third = step({ needs: ["build:two"], commands: ["cat two out/one > all"], outputs: ["all"] });
      expect(await run(executor, first, second, third)).toMatchObject({ ok: true });
      expect(await text(executor, third, "all")).toBe("a\n1\n1\n");
    });

    test("an output that was not written fails the step", async () => {
      const { executor } = await made();
      const outcome = await run(executor, step({ commands: ["true"], outputs: ["missing"] }));
      expect(outcome).toMatchObject({ failure: { kind: "output-missing", path: "missing" } });
    });

    test("a step sees its own variables and the version, and nothing of the caller's", async () => {
      process.env.BELLWETHER_CONTRACT = "the caller's";
      closing.push(async () => void delete process.env.BELLWETHER_CONTRACT);
      const { executor } = await made();
      const one = step({
        commands: ['echo "$OWN ${BELLWETHER_CONTRACT:-none}" > said'],
        environment: { OWN: "v${version}" },
        outputs: ["said"],
      });
      await run(executor, one);
      expect(await text(executor, one, "said")).toBe("v1.2.3 none\n");
    });

    test("a secret reaches its step, and is in nothing that the step printed (B50)", async () => {
      const { executor } = await made({ TOKEN: "s3cret-value-of-contract" });
      const outcome = await run(
        executor,
        step({ secrets: ["TOKEN"], commands: ['test "${#TOKEN}" -eq 24 && echo "token $TOKEN" && exit 3'] }),
      );
      expect(outcome).toMatchObject({ failure: { end: { exitCode: 3 } } });
      expect(JSON.stringify([outcome, told])).not.toContain("s3cret-value-of-contract");
    });

    test("B48: a step that does not end is stopped at its time limit", async () => {
      const { executor } = await made();
      const outcome = await run(executor, step({ commands: ["sleep 60"], timeoutMs: 1000 }));
      expect(outcome).toMatchObject({ failure: { kind: "step-timeout", limitMs: 1000 } });
    });

    test("the report of a step that failed can be read", async () => {
      const { executor } = await made();
      const one = step({
        commands: ["echo '<testsuite/>' > unit.xml; exit 1"],
        reports: { junit: "unit.xml", coverage: null },
      });
      expect(await run(executor, one)).toMatchObject({ ok: false });
      expect(await text(executor, one, "unit.xml")).toBe("<testsuite/>\n");
      expect(await text(executor, one, "other.xml")).toContain("not read");
    });

    test("what did not change does not run again; what must not be cached does", async () => {
      const rig = await made();
      const once = step({ commands: ["head -c 16 /dev/urandom | od -An -tx1 > id"], outputs: ["id"] });
      const said: string[] = [];
      for (const cache of [true, true, false, false]) {
        const one = { ...once, cache };
        const executor = await rig.again();
        await run(executor, one);
        said.push(await text(executor, one, "id"));
      }
      expect(said[1]).toBe(said[0]);
      expect(new Set(said).size).toBe(3);
    });

    if (postgres === null) return;

    test("a server is there for its step, under the names that the step has for it", async () => {
      const service: ServiceSpec = {
        ...{ name: "db", kind: "postgres", version: ">=15", image: postgres, database: "quotes" },
        ...{ user: "quotes", init: [], extensions: [], environment: {} },
      };
      const { executor } = await made();
      const one = step({
        services: [service],
        commands: [
          ["bash", "-c", 'exec 3<>"/dev/tcp/$DB_HOST/$DB_PORT" && echo "$DATABASE_URL" | cut -c1-19 > said'],
        ],
        environment: {
          DATABASE_URL: "${services.db.url}",
          DB_HOST: "${services.db.host}",
          DB_PORT: "${services.db.port}",
        },
        outputs: ["said"],
      });
      expect(await run(executor, one)).toMatchObject({ ok: true });
      expect(await text(executor, one, "said")).toBe("postgresql://quotes\n");
    });
  });
}
