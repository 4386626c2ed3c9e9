import type { Answer, Answering } from "./recording-session.ts";

/** A system with something of every kind that containers run. */
export const config = `app: quotes
toolchains:
  node: { version: ">=20.19", image: node:24-slim }
  python: { version: ">=3.11", image: python:3.11-slim, install: [requirements.txt] }
services:
  postgres: { version: ">=15", database: quotes, init: db/init.sql }
  redis: { version: ">=7" }
secrets:
  TOKEN: { from: env }
checks:
  lint:
    biome: { run: npx biome ci ., toolchains: [node] }
    flake8: { run: flake8 app, toolchains: [python], inputs: [app/**] }
  unit:
    run: npm test
    toolchains: [node]
    inputs: [src/**, test/**, package.json]
    outputs: [reports]
    reports: { junit: reports/unit.xml }
    services: [postgres, redis]
    secrets: [TOKEN]
  integration:
    run: npm run test:integration
    toolchains: [node]
    services: [postgres]
    components: [api]
    cache: false
security:
  secrets: {}
  vulnerabilities: { fail: high }
components:
  api:
    build: { run: npm run build, inputs: [src/**], outputs: [dist] }
    toolchains: [node]
    artifact: dist
    command: node src/server.js
    port: 8080
    health: { ready: /health/ready }
    env:
      PORT: \${port}
      DATABASE_URL: \${accessories.postgres.url}
  gateway:
    toolchains: [node]
    command: node gateway.js
images:
  api: { component: api, base: scratch, platforms: [linux/amd64, linux/arm64], repository: registry.example/quotes }
  gateway: { component: gateway, dockerfile: { file: deploy/Dockerfile, target: runtime, args: { NODE: "24" }, secrets: [TOKEN] }, platforms: [linux/amd64, linux/arm64], repository: registry.example/gateway }
environments:
  staging:
    on: { branch: develop }
    target: local
    accessories: { postgres: { version: ">=15", database: quotes } }
    migrate: { run: node migrations/run.js, in: api }
`;

export const sha = "0123456789abcdef0123456789abcdef01234567";

/** What a test lets the engine say instead; undefined: as usual. */
export type Changes = (query: string) => Answer | undefined | Promise<Answer | undefined>;

/** An engine in which every step passes, on develop of the system; what `changes` says comes first. */
export const engine =
  (
    changes: (query: string) => Answer | undefined | Promise<Answer | undefined> = () => undefined,
  ): Answering =>
  async (query) =>
    (await changes(query)) ?? { value: usual(query) };

/** Answers with another configuration. */
export const configured =
  (text: string): Changes =>
  (query) =>
    query.endsWith('bellwether.yaml").contents') ? { value: text } : undefined;

const there =
  /"(bellwether\.yaml|package-lock\.json|pyproject\.toml|\/bellwether-answer\.json|\/src\/[^"]+)"\)$/;

/** What a scan that found nothing writes. */
const scanned = (kind: string): string =>
  JSON.stringify({
    format: 1,
    kind,
    scan: { tools: [{ name: "bellwether", version: "0.1.0" }], complete: true, reasons: [], looked: 12 },
    findings: [],
  });

const imageDigest = `sha256:${"d".repeat(64)}`;

/** What this program answers where it made an image. */
export const made = JSON.stringify({
  format: 1,
  result: { ok: true, value: { digest: imageDigest, built: true, notes: [] } },
  facts: [],
});

function usual(query: string): unknown {
  const leaf = query.slice(query.lastIndexOf(").") + 2);
  if (query.endsWith('bellwether.yaml").contents')) return config;
  if (query.endsWith('scan-secrets.json").contents')) return scanned("secrets");
  if (query.endsWith('scan-vulnerabilities.json").contents')) return scanned("vulnerabilities");
  if (query.endsWith('unit.xml").contents')) return '<testsuite><testcase name="a" time="0.1"/></testsuite>';
  if (query.endsWith('answer.json").contents')) return made;
  if (query.includes(".glob(")) return [];
  if (leaf.startsWith("exists(") || /\.exists\([^)]*\)$/.test(query)) return there.test(query);
  if (query.endsWith(".commit")) return sha;
  if (query.endsWith(".ref")) return "refs/heads/develop";
  if (query.endsWith(".tags")) return ["v1.2.3"];
  if (query.endsWith(".branches")) return ["main", "develop"];
  if (query.endsWith(".entries") || query.endsWith(".entrypoint")) return [];
  if (query.endsWith(".size")) return 1024;
  if (query === "defaultPlatform") return "linux/amd64";
  if (query.endsWith(".digest")) return "sha256:abc";
  if (query.includes("rev-list") && query.endsWith(".stdout")) return "42\n1700000000\n0\n";
  if (query.includes('"--version"') && query.endsWith(".stdout"))
    return query.includes("python") ? "Python 3.11.4\n" : "v24.1.0\n";
  return query.endsWith(".exitCode") ? 0 : "";
}
