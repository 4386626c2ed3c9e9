import fc from "fast-check";
import { expect, test } from "vitest";
import { visible } from "../../../pipeline/executors/dagger/container.ts";
import { daggerExecutor } from "../../../pipeline/executors/dagger/executor.ts";
import { addressesOf } from "../../../pipeline/executors/dagger/images.ts";
import { moduleProgram } from "../../../pipeline/executors/dagger/program.ts";
import { systemClock } from "../../../pipeline/io/clock.ts";
import type { HermeticStep } from "../../../pipeline/plan/plan.ts";
import { run } from "../../../pipeline/run/loop.ts";
import { inSession } from "../../support/dagger-session.ts";
import { planOf } from "../../support/hermetic.ts";
import { step } from "./step.ts";

/** A step as its command and its output name it, with needs among those before it. */
const planned = fc
  .array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .map((needs) =>
    needs.map((each, at) => {
      const before = at === 0 ? [] : [...new Set(each.map((one) => one % at))];
      return step({
        id: `step:s${at}`,
        needs: before.map((one) => `step:s${one}`),
        commands: [["run", `s${at}.`]],
        inputs: [`in${at}/**`],
        outputs: [`out${at}`],
      });
    }),
  );

const never = () => {
  throw new Error("no step has an effect");
};

/** Walks the plan in a session in which everything passes, and gives the queries. */
const walked = (steps: HermeticStep[]): Promise<string[]> =>
  inSession(
    (query) => ({ value: query.includes(".exists(") ? true : query.endsWith(".exitCode") ? 0 : "" }),
    async (client, { queries }) => {
      await run({
        run: "r",
        plan: planOf(steps),
        executor: daggerExecutor({
          ...{
            client,
            secrets: {},
            history: null,
            variables: {},
            change: null,
            checkout: null,
            app: "quotes",
          },
          source: visible(client.host().directory(".")),
          address: addressesOf({}, {}),
          program: moduleProgram(client.currentModule().source()),
          version: "1.2.3",
          fresh: "f",
          end: () => Promise.resolve(),
        }),
        effects: { image: never, approval: never, rollout: never, rollback: never },
        judge: async (_step, { failure }) => ({ evidence: null, failure, notes: [] }),
        clock: systemClock,
        listener: () => undefined,
        signal: new AbortController().signal,
        lanes: Number.POSITIVE_INFINITY,
      });
      return queries;
    },
  );

/** The steps that a step needs, directly or not. */
function needed(steps: HermeticStep[], id: string): Set<string> {
  const found = new Set<string>();
  const open = [...(steps.find((one) => one.id === id)?.needs ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(steps.find((one) => one.id === next)?.needs ?? []));
  }
  return found;
}

test("whatever the plan is, the containers that the queries describe are its graph", async () => {
  await fc.assert(
    fc.asyncProperty(planned, async (steps) => {
      const execs = (await walked(steps)).filter((query) => query.endsWith(".exitCode"));
      expect(execs).toHaveLength(steps.length);
      for (const [at, { id }] of steps.entries()) {
        const own = execs.filter((query) => query.endsWith(`"run","s${at}."],expect: ANY).exitCode`));
        expect([id, own.length]).toEqual([id, 1]);
        const inside = new Set(
          [...(own[0] ?? "").matchAll(/"run","(s\d+)\."/g)].map(([, name]) => `step:${name}`),
        );
        inside.delete(id);
        expect([id, [...inside].sort()]).toEqual([id, [...needed(steps, id)].sort()]);
        // Of the source it names its own inputs, and those of the steps that it needs.
        const inputs = new Set([...(own[0] ?? "").matchAll(/"(in\d+)\/\*\*"/g)].map(([, name]) => name));
        const allowed = [id, ...needed(steps, id)].map((one) => one.replace("step:s", "in"));
        expect([...inputs].sort()).toEqual(allowed.sort());
      }
    }),
    { numRuns: 25 },
  );
});
