import { expect, test } from "vitest";
import { fixture, lineOf, problemsIn } from "./support.ts";

test("B10: five mistakes give five problems in one go, each with its place, what was got and what is expected", () => {
  const file = "bellwether.yaml";
  expect(problemsIn(fixture("five-mistakes.yaml"))).toEqual([
    {
      file,
      line: 3,
      column: 20,
      path: "toolchains.node.version",
      got: "20",
      expected: 'a version range in quotes, such as ">=20.19"',
      remedy: 'Write a version range in quotes, such as ">=20.19".',
    },
    {
      file,
      line: 9,
      column: 16,
      path: "checks.unit.services[0]",
      got: "postgre",
      expected: "the name of a service: postgres",
      nearest: "postgres",
      remedy: "Write postgres.",
    },
    {
      file,
      line: 10,
      column: 14,
      path: "checks.unit.timeout",
      got: "5 minutes",
      expected: "a duration above zero such as 30s, 5m or 100ms, at most 24d",
      remedy: "Write a duration above zero such as 30s, 5m or 100ms, at most 24d.",
    },
    {
      file,
      line: 15,
      column: 5,
      path: "components.api.artfact",
      got: "artfact",
      expected:
        "one of build, artifact, command, toolchains, port, env, secrets, health, limits, stop, systemd, after",
      nearest: "artifact",
      remedy: "Write artifact instead of artfact.",
    },
    {
      file,
      line: 19,
      column: 15,
      path: "environments.staging.strategy",
      got: "blue-gren",
      expected:
        "one of recreate, rolling, blue-green, canary; or { canary: { weights: [10, 50, 100] } } or { rolling: { batch: 25% } }",
      nearest: "blue-green",
      remedy: "Write blue-green.",
    },
  ]);
});

test.each<[name: string, text: string, lines: string[]]>([
  ["an empty file", "", ["0:0 : got nothing, expected a map"]],
  ["a file that is a list", "- app\n", ["0:0 : got a list, expected a map"]],
  [
    "a missing required key",
    "checks: {}\n",
    [
      "0:0 app: got nothing, expected a name of a-z, 0-9 and -, at most 40 characters, beginning and ending with a letter or digit",
    ],
  ],
  [
    "a required key missing in an entry",
    "app: a\ncomponents:\n  api:\n    artifact: dist\n",
    [
      "3:3 components.api.command: got nothing, expected a command: text, or a list of words that is not empty",
    ],
  ],
  [
    "an unknown key with nothing near",
    "app: a\nkubernetes: {}\n",
    [
      "2:1 kubernetes: got kubernetes, expected one of app, toolchains, services, checks, security, components, images, registries, secrets, dagger, environments",
    ],
  ],
  [
    "a key that nothing implements yet",
    "app: a\nenvironments:\n  staging:\n    hooks: []\n",
    [expect.stringMatching(/^4:5 environments\.staging\.hooks: got hooks, expected one of /)],
  ],
  [
    "a target that is not supported",
    "app: a\nenvironments:\n  staging:\n    target: { kubernetes: { context: prod } }\n",
    ["4:15 environments.staging.target.kubernetes: got kubernetes, expected one of local, systemd"],
  ],
  [
    "a trigger with an unknown key",
    "app: a\nenvironments:\n  staging:\n    on: { brunch: develop }\n",
    ["4:11 environments.staging.on.brunch: got brunch, expected one of branch [branch]"],
  ],
  [
    "a trigger that is none of the forms",
    "app: a\nenvironments:\n  staging:\n    on: { when: always }\n",
    [
      "4:9 environments.staging.on: got a map, expected one of release, manual; or { branch: NAME } or { tag: NAME }",
    ],
  ],
  [
    "a mistake inside one form of several",
    "app: a\nenvironments:\n  staging:\n    strategy: { canary: { weigths: [100], hold: soon } }\n",
    [
      "4:27 environments.staging.strategy.canary.weigths: got weigths, expected one of weights, hold, samples, limit, steps [weights]",
      "4:49 environments.staging.strategy.canary.hold: got soon, expected a duration such as 30s, 5m or 100ms, at most 24d",
    ],
  ],
  [
    "a check with an unknown key",
    "app: a\nchecks:\n  unit:\n    run: npm test\n    tiemout: 5m\n",
    [
      "5:5 checks.unit.tiemout: got tiemout, expected one of run, toolchains, directory, inputs, outputs, services, components, env, secrets, timeout, cache, reports, findings, coverage [timeout]",
    ],
  ],
  [
    "a check's key where a name belongs",
    "app: a\nchecks:\n  unit:\n    comand: npm test\n    timeout: 5m\n",
    ["5:5 checks.unit.timeout: got timeout, expected a check's name (this word is a key of a check itself)"],
  ],
  [
    "a check where checks by name belong",
    "app: a\nchecks:\n  lint: { run: npx biome ci, timeout: 5m }\n",
    ["3:11 checks.lint.run: got run, expected a check's name (this word is a key of a check itself)"],
  ],
  [
    "a secret typed in, which is not repeated",
    "app: a\nsecrets:\n  TOKEN: hunter2\n",
    ["3:10 secrets.TOKEN: got a value, expected a secret by reference, such as { from: env, name: NAME }"],
  ],
  [
    "a secret from nowhere",
    "app: a\nsecrets:\n  TOKEN: { from: vault, path: x }\n",
    ["3:18 secrets.TOKEN.from: got vault, expected one of env, file, command"],
  ],
  [
    "a list where a value belongs, in env",
    "app: a\nchecks:\n  unit: { run: x, env: { A: [1] } }\n",
    ["3:29 checks.unit.env.A: got a list, expected a value: text, a number, true or false"],
  ],
  [
    "a timer that would overflow",
    "app: a\nenvironments:\n  staging: { warm: 25d }\n",
    ["3:20 environments.staging.warm: got 25d, expected a duration such as 30s, 5m or 100ms, at most 24d"],
  ],
  [
    "a name that is no name",
    "app: a\nenvironments:\n  My Staging: {}\n",
    [
      "3:3 environments.My Staging: got My Staging, expected a name of a-z, 0-9 and -, at most 40 characters, beginning and ending with a letter or digit",
    ],
  ],
  ["a tab", "app: a\nchecks:\n\tlint: {}\n", ["3:1 : got a tab, expected spaces as indentation"]],
  [
    "a key twice beside another mistake",
    "app: a\napp: b\nfoo: 1\n",
    [
      "2:1 : got a key that stands here already, expected each key once",
      "3:1 foo: got foo, expected one of app, toolchains, services, checks, security, components, images, registries, secrets, dagger, environments",
    ],
  ],
  ["broken syntax", "app: 'a\n", ["2:1 : got a YAML error: Missing closing 'quote, expected valid YAML"]],
  [
    "an alias without its anchor",
    "app: a\nchecks: *shared\n",
    ["2:9 : got an alias without its anchor, expected an alias of an anchor that stands before it"],
  ],
  [
    "two documents",
    "app: a\n---\napp: b\n",
    ["2:1 : got a second document, expected one document in the file"],
  ],
])("%s is told exactly", (_name, text, lines) => {
  expect(problemsIn(text).map(lineOf)).toEqual(lines);
});

test("a mistake behind an anchor or a merge key is shown where it stands", () => {
  const text =
    "app: a\nenvironments:\n  staging: &base\n    warm: ages\n  production:\n    <<: *base\n    on: release\n";
  expect(problemsIn(text).map(({ line, column }) => `${line}:${column}`)).toEqual(["4:11", "4:11"]);
});

test("aliases that unfold without end are refused, not unfolded", () => {
  const levels = Array.from({ length: 12 }, (_, level) =>
    level === 0
      ? "l0: &l0 [x, x, x, x, x, x, x, x]"
      : `l${level}: &l${level} [${`*l${level - 1}, `.repeat(8)}]`,
  );
  const [problem] = problemsIn(`app: a\n${levels.join("\n")}\n`);
  expect(problem?.got).toBe("aliases that unfold without end");
});

test("what depends on a broken entry is not told a second time", () => {
  const text = `app: a
components:
  api: { artfact: dist, command: run }
images:
  api: { repository: r/api }
environments:
  staging: { migrate: { run: x, in: api } }
`;
  expect(problemsIn(text).map(({ path }) => path)).toEqual(["components.api.artfact"]);
});

test("bytes at random never throw", async () => {
  const fc = await import("fast-check");
  const alphabet = fc.constantFrom(
    "app",
    "checks",
    "env",
    ":",
    " ",
    "\n",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "&a",
    "*a",
    "<<",
    "!",
    "\t",
    '"',
    "1",
  );
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 30 }), (parts) => {
      for (const problem of problemsIn(parts.join(""))) expect(problem.line).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 300 },
  );
});

test.each([
  "A: *hunter2",
  "A: !hunter2",
  "A: 'hunter2",
  'A: "hunter2',
  "A: hunter2: x",
  "A: [hunter2",
  "A: @hunter2",
  "A: `hunter2",
  "A: %hunter2 }",
])("B50: %s under env is told without the value", (line) => {
  const problems = problemsIn(`app: a\nchecks:\n  unit:\n    run: x\n    env:\n      ${line}\n`);
  expect(JSON.stringify(problems)).not.toContain("hunter2");
});
