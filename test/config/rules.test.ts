import { expect, test } from "vitest";
import { staysInside } from "../../pipeline/config/rules-paths.ts";
import { fixture, lineOf, problemsIn } from "./support.ts";

/** The sound configuration of the sketch with some of its text replaced. */
function changed(...changes: [from: string, to: string][]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${from} is not in the fixture`);
    return text.replace(from, to);
  }, fixture("quotes.yaml"));
}

test("the sketch of a small system is sound", () => {
  expect(problemsIn(fixture("quotes.yaml"))).toEqual([]);
});

const inside = "a path inside the repository, relative to its root";

test.each<[name: string, text: string, lines: string[]]>([
  [
    "an unknown service",
    changed(["services: [postgres]", "services: [postgress]"]),
    [
      "18:16 checks.integration.services[0]: got postgress, expected the name of a service: postgres [postgres]",
    ],
  ],
  [
    "an unknown secret, where there is none",
    changed(["run: npm test\n", "run: npm test\n    secrets: [TOKEN]\n"]),
    ["15:15 checks.unit.secrets[0]: got TOKEN, expected the name of a secret; there is none yet"],
  ],
  [
    "an unknown toolchain",
    changed(["run: npm test\n", "run: npm test\n    toolchains: [nod]\n"]),
    ["15:18 checks.unit.toolchains[0]: got nod, expected the name of a toolchain: node [node]"],
  ],
  [
    "a migration in an unknown component",
    changed(["in: api }", "in: apy }"]),
    ["39:49 environments.staging.migrate.in: got apy, expected the name of a component: api [api]"],
  ],
  [
    "an image of an unknown component",
    changed(["component: api, ", "component: app, "]),
    ["32:21 images.api.component: got app, expected the name of a component: api [api]"],
  ],
  [
    "an image whose own name is no component",
    changed(["  api: { component: api, ", "  web: { "]),
    ["32:3 images.web: got web, expected the name of a component: api"],
  ],
  [
    "extending an unknown environment",
    changed(["extends: staging", "extends: stagign"]),
    [
      "46:14 environments.production.extends: got stagign, expected the name of an environment: staging, production [staging]",
    ],
  ],
  [
    "a promotion from an unknown environment",
    changed(["    on: release", "    promote-from: stagin\n    on: release"]),
    [
      "45:19 environments.production.promote-from: got stagin, expected the name of an environment: staging, production [staging]",
    ],
  ],
  [
    "environments that extend each other",
    changed(["    on: { branch: develop }", "    extends: production\n    on: { branch: develop }"]),
    [
      "36:14 environments.staging.extends: got a cycle: staging extends production extends staging, expected environments that do not extend each other",
    ],
  ],
  [
    "environments that are promoted from each other",
    changed(["    on: { branch: develop }", "    promote-from: production"]),
    [
      "36:19 environments.staging.promote-from: got a cycle: staging promoted from production promoted from staging, expected a way to production that begins somewhere",
    ],
  ],
  [
    "an environment that has the name of a stage",
    changed(["  production:\n", "  image:\n"]),
    [
      "44:3 environments.image: got image, expected a name other than lint, security-scan, unit-test, integration-test, image, approval, rollback, none",
    ],
  ],
  [
    "weights that do not rise",
    changed(["[10, 50, 100]", "[50, 10, 100]"]),
    [
      "50:26 environments.production.strategy.canary.weights: got [50, 10, 100], expected percentages that rise and end at 100, such as [10, 50, 100]",
    ],
  ],
  [
    "weights that end before everything",
    changed(["[10, 50, 100]", "[10, 50]"]),
    [
      "50:26 environments.production.strategy.canary.weights: got [10, 50], expected percentages that rise and end at 100, such as [10, 50, 100]",
    ],
  ],
  [
    "a limit that ends before the hold",
    changed(["samples: 30", "limit: 5s"]),
    ["50:58 environments.production.strategy.canary.limit: got 5s, expected at least hold (8s)"],
  ],
  [
    "two environments on one port",
    changed(["port: 8080 } }\n    approval", "port: 8081 } }\n    approval"]),
    [
      "47:30 environments.production.target.local.port: got 8081, expected a port of its own (8081 is staging's)",
    ],
  ],
  [
    "a port that is inherited",
    changed(["    target: { local: { port: 8080 } }\n", ""]),
    [
      "46:14 environments.production.extends: got port 8081 taken from staging, expected a port of its own (8081 is staging's)",
    ],
  ],
  [
    "an approval with nothing to approve",
    changed([fixture("quotes.yaml").split("\n").slice(30, 33).join("\n"), ""]),
    [
      "46:5 environments.production.approval: got an approval without an image, expected an image, because an approval is bound to its digest",
    ],
  ],
  [
    "a smoke check that asks nothing",
    changed(["get: /quotes/AAPL", "name: quotes"]),
    [
      "42:9 environments.staging.smoke[0]: got neither get nor post, expected either get or post, with a path",
    ],
  ],
  [
    "a smoke check with nobody to ask",
    changed(
      ["    port: 8080\n    health: { live: /health/live, ready: /health/ready }\n", ""],
      ["PORT: ${port} ", "PORT: 1 "],
    ),
    ["40:9 environments.staging.smoke[0]: got no component with a port, expected a component that listens"],
  ],
  [
    "a probe without a port",
    changed(
      ["    port: 8080\n", ""],
      ["PORT: ${port} ", "PORT: 1 "],
      ["get: /quotes/AAPL", "{ get: /, component: api }"],
      ["        expect: { status: 200, json: { symbol: AAPL }, within: 500ms }\n", ""],
    ),
    [
      "25:21 components.api.health.live: got /health/live, expected a component with a port, where a path is probed",
      "41:9 environments.staging.smoke[0]: got api, expected a component with a port",
    ],
  ],
  [
    "components that wait for each other",
    changed(
      ["    artifact: dist\n", "    artifact: dist\n    after: [worker]\n"],
      ["images:", "  worker: { artifact: dist, command: run, after: [api] }\n\nimages:"],
    ),
    [
      "24:12 components.api.after: got a cycle: api after worker after api, expected components that do not wait for each other",
    ],
  ],
  [
    "two images of one component",
    changed(["\nenvironments:", "  second: { component: api, repository: r/two }\n\nenvironments:"]),
    [
      "33:3 images.second: got a second image of the component api, beside api, expected one image a component",
    ],
  ],
  [
    "a base that is neither a reference nor a path in the repository",
    changed(["base: scratch", "base: Node:24:slim"]),
    [
      "32:32 images.api.base: got Node:24:slim, expected scratch, a reference with a tag or a digest, or the path of an OCI layout directory in the repository",
    ],
  ],
  [
    "a base outside of the checkout",
    changed(["base: scratch", "base: ../bases/node"]),
    [
      "32:32 images.api.base: got ../bases/node, expected scratch, a reference with a tag or a digest, or the path of an OCI layout directory in the repository",
    ],
  ],
  [
    "a base beside a Dockerfile",
    changed(["base: scratch", "base: node:24-slim, dockerfile: Dockerfile"]),
    [
      "32:32 images.api.base: got a base beside a Dockerfile, expected one of the two: a Dockerfile names its own base",
    ],
  ],
  [
    "a component without an artifact",
    changed(["    artifact: dist\n", ""]),
    [
      "21:3 components.api: got a component without an artifact, expected the path of what is shipped, or an image of it that has a dockerfile",
    ],
  ],
  [
    "an artifact outside of the checkout",
    changed(["artifact: dist", "artifact: ../dist"]),
    [`23:15 components.api.artifact: got ../dist, expected ${inside}`],
  ],
  [
    "outputs outside of the checkout, by an absolute path and by a way round",
    changed(["outputs: [dist]", "outputs: [/tmp/dist, a/../../b]"]),
    [
      `22:44 components.api.build.outputs[0]: got /tmp/dist, expected ${inside}`,
      `22:55 components.api.build.outputs[1]: got a/../../b, expected ${inside}`,
    ],
  ],
  [
    "outputs that are the whole checkout",
    changed(["outputs: [dist]", "outputs: [dist/..]"]),
    [
      "22:44 components.api.build.outputs[0]: got dist/.., expected a path below the root: the root itself holds the sources, git's files and the tool's own",
    ],
  ],
  [
    "a report outside of the checkout",
    changed(["junit: reports/unit.xml", "junit: ~/unit.xml"]),
    [`15:23 checks.unit.reports.junit: got ~/unit.xml, expected ${inside}`],
  ],
  [
    "a reference that nothing stands for",
    changed(["${port}", "${prot}"]),
    [
      "28:13 components.api.env.PORT: got ${prot}, expected one of ${version}, ${port}, ${accessories.postgres.FACT} [${port}]",
    ],
  ],
  [
    "a reference to a service that the check does not start",
    changed(["run: npm test\n", "run: npm test\n    env: { DB: '${services.postgres.url}' }\n"]),
    ["15:16 checks.unit.env.DB: got ${services.postgres.url}, expected one of ${version}"],
  ],
  [
    "an accessory that one environment does not have",
    changed(["    extends: staging\n", ""]),
    [
      "29:21 components.api.env.DATABASE_URL: got ${accessories.postgres.url}, expected one of ${version}, ${port}",
    ],
  ],
  [
    "a reference in a command, where ${HOME} is the shell's own",
    changed(["run: npm test\n", 'run: "echo ${HOME} ${services.postgres.url}"\n']),
    ["14:10 checks.unit.run: got ${services.postgres.url}, expected one of ${version}"],
  ],
  [
    "a secret that is written out, which is not repeated",
    changed(["PORT: ${port} ", "API_KEY: hunter2 "]),
    ["28:16 components.api.env.API_KEY: got a secret that is written out, expected a secret by reference"],
  ],
  [
    "a URL with a password",
    changed(["DATABASE_URL: ${accessories.postgres.url}", "DATABASE_URL: postgres://me:hunter2@db/x"]),
    [
      "29:21 components.api.env.DATABASE_URL: got a secret that is written out, expected a secret by reference",
    ],
  ],
  [
    "a toolchain without an image",
    changed(["services:  ", 'services: # "'], ["\n\nservices", '\n  go: { version: "1.26" }\n\nservices']),
    [
      "6:3 toolchains.go: got no image, expected an image such as golang:1.26 (only node, python and rust have one by default)",
    ],
  ],
  [
    "a server of no kind",
    changed(["\nchecks:", '  db: { version: ">=15" }\n\nchecks:']),
    ["9:3 services.db: got db, expected the name postgres or redis, or a kind"],
  ],
  [
    "two servers under one variable",
    changed(["\nchecks:", "  second: { kind: postgres }\n\nchecks:"], ["[postgres]", "[postgres, second]"]),
    [
      "19:26 checks.integration.services[1]: got second, which sets DATABASE_URL like another service of this check, expected services with different variables",
    ],
  ],
  [
    "thresholds that fall",
    changed([
      "    strategy: blue-green",
      '    health: { host: { cpu: [90%, 75%] }, db: { tcp: "db:1", degraded: 2s, unhealthy: 1s } }',
    ]),
    [
      "40:28 environments.staging.health.host.cpu: got [90%, 75%], expected [degraded, unhealthy] with degraded first and not above unhealthy",
      "40:71 environments.staging.health.db.degraded: got 2s, and unhealthy 1s, expected degraded first and not above unhealthy",
    ],
  ],
  [
    "checks of health that check nothing, know nothing, or hold a password",
    changed([
      "    strategy: blue-green",
      `    health:
      host: {}
      db: { postgres: "postgres://u:pass@db/x" }
      cache: { redis: "\${REDIS_URL}" }
      feed: { tcp: "a:1", http: /x }
      api: { tcp: "a:1", status: 200 }
      gate: { ping: /x }
    gates:
      notice: { confirm: Told, timeout: 5s }`,
    ]),
    [
      "41:13 environments.staging.health.host: got none of them, expected exactly one of postgres, redis, tcp, websocket, command, http, cpu and memory and disk",
      "42:23 environments.staging.health.db.postgres: got a password that is written out, expected a secret by reference, such as ${DATABASE_URL}",
      "43:23 environments.staging.health.cache.redis: got ${REDIS_URL}, expected the name of a secret, of a variable or of an accessory's url",
      "44:13 environments.staging.health.feed: got http and tcp, expected exactly one of postgres, redis, tcp, websocket, command, http, cpu and memory and disk",
      "45:26 environments.staging.health.api.status: got status beside tcp, expected only tcp, degraded, unhealthy, timeout",
      "46:13 environments.staging.health.gate: got none of them, expected exactly one of postgres, redis, tcp, websocket, command, http, cpu and memory and disk",
      "46:15 environments.staging.health.gate.ping: got ping, expected one of postgres, redis, http, tcp, websocket, command, cpu, memory, disk, status, text, degraded, unhealthy, timeout",
      "48:32 environments.staging.gates.notice.timeout: got timeout beside confirm, expected only confirm, expires",
    ],
  ],
])("%s is told exactly", (_name, text, lines) => {
  expect(problemsIn(text).map(lineOf)).toEqual(lines);
});

test.each([
  ["dist", true],
  ["./dist", true],
  ["a/../dist", true],
  ["dist/${platform}", true],
  ["..", false],
  ["../dist", false],
  ["a/../../dist", false],
  ["/dist", false],
  ["~/dist", false],
  ["C:/dist", false],
  ["a\\..\\..\\b", false],
])("%j stays inside the checkout: %s", (path, expected) => {
  expect(staysInside(path)).toBe(expected);
});
