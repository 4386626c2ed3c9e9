import { expect, test } from "vitest";
import { configured, engine } from "../support/fake-engine.ts";
import { splitChain } from "../support/story.ts";
import { call, withToken } from "./module-call.ts";

/** The containers that were run, each once, however many of its results were asked for. */
const containers = (queries: string[]) => [
  ...new Set(
    queries
      .filter((query) => query.startsWith("container.") && query.includes(".withExec("))
      .map((query) => {
        const fields = splitChain(query);
        const last = fields.findLastIndex((field) => field.startsWith("withExec("));
        return fields.slice(0, last + 1).join(".");
      }),
  ),
];

const ending = (command: string) => `"sh","-c","${command}"],expect: ANY)`;

test("check is one session with one source, one set-up a toolchain, and each step once", async () => {
  const { queries, error } = await call(engine(), (client) => withToken(client).check());
  expect(error).toBe("");
  const ran = containers(queries).filter((each) => !each.includes('"probe"'));
  const commands = [
    "npm ci",
    "npx biome ci .",
    "flake8 app",
    "npm test",
    "npm run build",
    "npm run test:integration",
  ];
  for (const command of commands)
    expect([command, ran.filter((each) => each.endsWith(ending(command))).length]).toEqual([command, 1]);
  expect(ran.filter((each) => each.includes('"scan","secrets"'))).toHaveLength(1);
  expect(ran.filter((each) => each.includes('"scan","vulnerabilities"'))).toHaveLength(1);
  expect(ran.filter((each) => each.endsWith('-r requirements.txt"],expect: ANY)'))).toHaveLength(1);
  expect(ran).toHaveLength(commands.length + 3);
  const sources = ran.flatMap((each) => each.match(/directory\.filter\(exclude: [^)]*\)/g) ?? []);
  expect(new Set(sources).size).toBe(1);
});

test("the query of a step names no file outside its inputs", async () => {
  const { queries } = await call(engine(), (client) => withToken(client).unitTest());
  const unit = containers(queries).find((each) => each.endsWith(ending("npm test"))) ?? "";
  const source =
    /withMountedDirectory\(path: "\/src",source: <(directory\.filter\([^)]*\)\.filter\(include: \[[^\]]*\]\))/.exec(
      unit,
    );
  expect(source?.[1]).toMatch(/\.filter\(include: \["src\/\*\*","test\/\*\*","package\.json"\]\)$/);
});

test("checks ask git for nothing, and never for a history", async () => {
  const { queries } = await call(engine(), (client) => withToken(client).check());
  expect(queries.filter((query) => query.startsWith("git(") || query.includes("<git("))).toEqual([]);
});

/** Ten linters that need nothing, all of them running before the first one ends. */
test("a failing step among ten parallel ones: the others run at the same time, finish, and all are reported", async () => {
  const names = Array.from({ length: 10 }, (_, at) => `lint${at}`);
  const config = [
    "app: quotes",
    "checks:",
    "  lint:",
    ...names.map((name) => `    ${name}: run-${name}`),
  ].join("\n");
  const waiting = new Set<string>();
  let open: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { error } = await call(
    engine(async (query) => {
      const name = /"run-(lint\d)"\]/.exec(query)?.[1];
      if (name === undefined) return configured(config)(query);
      if (!query.endsWith(".exitCode")) return undefined;
      if (waiting.add(name).size === names.length) open();
      await all;
      return { value: name === "lint3" ? 1 : 0 };
    }),
    (client) => withToken(client).lint(),
  );
  expect(waiting.size).toBe(10);
  for (const name of names)
    expect(error).toMatch(new RegExp(`lint:${name}.*${name === "lint3" ? "failed" : "passed"}`));
});

test("a session that dies in mid-run is told as that, once for each step that was under way", async () => {
  const { error } = await call(
    engine((query) => (query.includes('"npm test"') ? { hangUp: true } : undefined)),
    (client) => withToken(client).check(),
  );
  expect(error).toContain("the connection to the Dagger engine was lost");
  expect(error).toMatch(/unit:unit.*failed/);
  expect(error).not.toMatch(/This is a bug/i);
});
