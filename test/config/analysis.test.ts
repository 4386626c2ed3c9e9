import { expect, test } from "vitest";
import type { Environment } from "../../pipeline/config/config.ts";
import { configOf, lineOf, problemsIn } from "./support.ts";

const head = "app: quotes\nenvironments:\n  qa:\n";

const qa = (text: string): Environment => {
  const found = configOf(`${head}${text}`).environments.qa;
  if (!found) throw new Error("no environment");
  return found;
};

const problems = (text: string): string[] => problemsIn(`${head}${text}`).map(lineOf);

const rules = {
  forMs: 0,
  intervalMs: 500,
  failureLimit: 0,
  inconclusiveLimit: null,
  consecutiveErrorLimit: 4,
  consecutiveSuccessLimit: 1,
  onError: "return",
};
const errors = { kind: "errors", name: "errors", max: 0.01, samples: null, ...rules };
const p95 = {
  kind: "p95",
  name: "p95",
  maxMs: null,
  against: { maxRatio: 1.5, slackMs: 50 },
  samples: null,
  ...rules,
};

test("without a word the errors and the p95 beside stable's are judged", () => {
  expect(qa("    on: manual\n").analysis).toEqual([errors, p95]);
});

test("a map holds the limits of these two", () => {
  expect(qa("    analysis: { max-errors: 0.1%, max-ratio: 1.2, slack: 10ms }\n").analysis).toEqual([
    { ...errors, max: 0.001 },
    { ...p95, against: { maxRatio: 1.2, slackMs: 10 } },
  ]);
});

test("a list adds checks and replaces those of the two that it names; none turns one off", () => {
  expect(qa("    analysis: [{ prometheus: up, is: 1 }]\n").analysis.map(({ kind }) => kind)).toEqual([
    "errors",
    "p95",
    "prometheus",
  ]);
  expect(qa("    analysis: [{ errors: canary, max: 5% }, { p95: none }]\n").analysis).toEqual([
    { ...errors, max: 0.05 },
  ]);
});

test("every kind of check with all that can be said of it", () => {
  const { analysis } = qa(`    strategy: { canary: { hold: 10m } }
    analysis:
      - { errors: canary, max: 0.1%, samples: 500, failure-limit: 3, inconclusive-limit: 10 }
      - { p95: canary, against: stable, max-ratio: 1.2, slack: 5ms, max: 200ms }
      - { p95: canary, max: 100ms, for: 2m, name: slow }
      - { prometheus: 'up{job="gateway"}', is: 1, for: 120s, url: "https://prom.example/x", token: { from: env, name: PROM_TOKEN } }
      - { probe: /quotes/AAPL, max-latency: 100ms, max-errors: 1%, samples: 10, interval: 1s }
      - { command: ./check.sh, max: 5, min: 1, timeout: 10s, on-error: hold, consecutive-error-limit: 2 }
      - { command: [./ok.sh, "\${version}"], consecutive-success-limit: 3 }
`);
  expect(analysis).toEqual([
    { ...errors, max: 0.001, samples: 500, failureLimit: 3, inconclusiveLimit: 10 },
    { ...p95, maxMs: 200, against: { maxRatio: 1.2, slackMs: 5 } },
    { ...p95, name: "slow", maxMs: 100, against: null, samples: 1, forMs: 120_000, intervalMs: 12_000 },
    {
      ...rules,
      kind: "prometheus",
      name: 'up{job="gateway"}',
      query: 'up{job="gateway"}',
      limits: { is: 1, min: null, max: null },
      url: "https://prom.example/x",
      token: { from: "env", name: "PROM_TOKEN", minLength: 1 },
      timeoutMs: 5_000,
      forMs: 120_000,
      intervalMs: 12_000,
    },
    {
      ...rules,
      kind: "probe",
      name: "probe /quotes/AAPL",
      at: "/quotes/AAPL",
      maxLatencyMs: 100,
      maxErrors: 0.01,
      samples: 10,
      timeoutMs: 5_000,
      intervalMs: 1_000,
    },
    {
      ...rules,
      kind: "command",
      name: "./check.sh",
      run: "./check.sh",
      limits: { is: null, min: 1, max: 5 },
      timeoutMs: 10_000,
      intervalMs: 5_000,
      onError: "hold",
      consecutiveErrorLimit: 2,
    },
    {
      ...rules,
      kind: "command",
      name: "./ok.sh ${version}",
      run: ["./ok.sh", "${version}"],
      limits: null,
      timeoutMs: 30_000,
      intervalMs: 5_000,
      consecutiveSuccessLimit: 3,
    },
  ]);
});

test("Prometheus is asked at its usual place, unless another one is named", () => {
  expect(qa("    analysis: [{ prometheus: up, min: 1 }]\n").analysis.at(-1)).toMatchObject({
    url: "http://localhost:9090",
    token: null,
  });
});

test.each<[string, string, string[]]>([
  [
    "a check of nothing",
    "    analysis: [{ max: 1% }]\n",
    [
      "4:16 environments.qa.analysis[0]: got nothing that is measured, expected one of errors, p95, prometheus, probe, command",
    ],
  ],
  [
    "a check of two things",
    "    analysis: [{ errors: canary, p95: canary }]\n",
    [
      "4:16 environments.qa.analysis[0]: got errors and p95, expected one of errors, p95, prometheus, probe, command",
    ],
  ],
  [
    "keys of another kind, with the nearest",
    "    analysis: [{ probe: /x, max-ratio: 2 }]\n",
    [
      "4:29 environments.qa.analysis[0].max-ratio: got max-ratio, expected a key of probe: probe, name, for, interval, failure-limit, inconclusive-limit, consecutive-error-limit, consecutive-success-limit, on-error, max-latency, max-errors, samples, timeout",
    ],
  ],
  [
    "a limit in another unit",
    "    analysis: [{ errors: canary, max: 100ms }, { p95: canary, max: 5 }, { prometheus: up, max: 1% }]\n",
    [
      "4:39 environments.qa.analysis[0].max: got 100ms, expected a percentage such as 1%, at most 100%",
      "4:68 environments.qa.analysis[1].max: got 5, expected a duration such as 100ms",
      "4:96 environments.qa.analysis[2].max: got 1%, expected a number",
    ],
  ],
  [
    "a query that nothing judges",
    "    analysis: [{ prometheus: up }]\n",
    [
      "4:30 environments.qa.analysis[0].prometheus: got a query that nothing judges, expected is, min or max beside the query",
    ],
  ],
  [
    "a reference that nothing stands for",
    "    analysis: [{ prometheus: 'up{v=\"${verison}\"}', is: 1 }]\n",
    [
      "4:30 environments.qa.analysis[0].prometheus: got ${verison}, expected ${version} as the only reference",
    ],
  ],
  [
    "a probe of no place",
    "    analysis: [{ probe: ftp://x }]\n",
    ["4:25 environments.qa.analysis[0].probe: got ftp://x, expected a path that begins with /, or a URL"],
  ],
  [
    "a password in a URL, which is not shown",
    "    analysis: [{ prometheus: up, is: 1, url: 'https://me:hunter2@prom' }]\n",
    [
      "4:30 environments.qa.analysis[0].prometheus: got a password, expected a URL without a password; token takes one by reference",
    ],
  ],
  [
    "a token that is written out, which is not shown",
    "    analysis: [{ prometheus: up, is: 1, token: hunter2 }]\n",
    [
      "4:48 environments.qa.analysis[0].token: got a value, expected a secret by reference, such as { from: env, name: NAME }",
    ],
  ],
  [
    "a check that no hold leaves time for",
    "    strategy: { canary: { hold: 10s } }\n    analysis: [{ prometheus: up, is: 1, for: 10m }]\n",
    [
      "4:15 environments.qa.strategy: got a hold that ends before up can be judged, expected a limit of at least 660000ms, the time that up needs",
    ],
  ],
])("%s", (_, text, expected) => {
  expect(problems(text)).toEqual(expected);
});
