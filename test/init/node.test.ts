import { expect, test } from "vitest";
import type { Written } from "../../pipeline/init/init.ts";
import { look as writes } from "../support/init.ts";

type Looked = ReturnType<typeof writes>;

function look(files: Record<string, string>): Looked {
  const written = writes(files);
  expect(written.problems).toEqual([]);
  return written;
}

type Manifest = Record<string, unknown>;

const npm = { "package-lock.json": "{}" };

const project = (manifest: Manifest, files: Record<string, string> = npm): Looked =>
  look({ "package.json": JSON.stringify(manifest), ...files });

const withScripts = (scripts: Record<string, string>, files?: Record<string, string>): Looked =>
  project({ scripts }, files);

const said = ({ sayings }: Written, kind: string): string =>
  sayings
    .filter((saying) => saying.kind === kind)
    .map((saying) => Object.values(saying).join(" | "))
    .join("\n");

const vite = {
  ...npm,
  "tsconfig.json": `{
  // Vite's own
  "files": [], /* none */
  "references": [{ "path": "./tsconfig.app.json" }, { "path": "./tsconfig.node.json" },],
}`,
  "tsconfig.app.json": '{ "compilerOptions": { "noEmit": true }, "include": ["src/**//*"] }',
  "tsconfig.node.json": "{}",
};

test("a tsconfig that only refers to others is checked by those, comments and last commas or not", () => {
  const { config } = project({ devDependencies: { typescript: "5.5.4" } }, vite);
  expect(config.checks.lint).toEqual({
    "types-app": "npx tsc --noEmit -p tsconfig.app.json",
    "types-node": "npx tsc --noEmit -p tsconfig.node.json",
  });
});

test("a tsconfig with files of its own and a reference is both", () => {
  const files = {
    ...vite,
    "tsconfig.json": '{"include":["src"],"references":[{"path":"tsconfig.node.json"}]}',
  };
  const { config } = project({ devDependencies: { typescript: "5" } }, files);
  expect(config.checks.lint).toEqual({
    types: "npx tsc --noEmit",
    "types-node": "npx tsc --noEmit -p tsconfig.node.json",
  });
});

test("projects of TypeScript that refer to one another are built, and that is told", () => {
  const written = project(
    { devDependencies: { typescript: "5" } },
    {
      ...npm,
      "tsconfig.json": '{ "files": [], "references": [{ "path": "lib" }, { "path": "app" }] }',
      "lib/tsconfig.json": "{}",
      "app/tsconfig.json": '{ "references": [{ "path": "../lib" }] }',
    },
  );
  expect(written.config.checks.lint).toEqual({ types: "npx tsc --build" });
  expect(said(written, "guessed")).toContain("which writes what it builds");
});

test("a script of tsc that checks nothing is told", () => {
  const written = project(
    { scripts: { typecheck: "tsc --noEmit" }, devDependencies: { typescript: "5" } },
    vite,
  );
  expect(written.config.checks.lint).toEqual({ types: "npm run typecheck" });
  expect(said(written, "unknown")).toContain("which files the script typecheck checks");
});

test.each([
  ["eslint . --fix", { eslint: "npx eslint ." }],
  [
    "eslint --fix --fix-type layout src && prettier --write src",
    { eslint: "npx eslint src", prettier: "npx prettier --check src" },
  ],
  ["biome check --write --unsafe .", { biome: "npx biome check ." }],
  ["biome format --write .", { biome: "npx biome format ." }],
  ["eslint --fix-dry-run .", { eslint: "npx eslint --fix-dry-run ." }],
  ["stylelint '**/*.css' --fix", { lint: "npx stylelint '**/*.css'" }],
  ["eslint --fix . && tsc --noEmit", { eslint: "npx eslint .", types: "npx tsc --noEmit" }],
  ["npm run lint:js -- --fix", { eslint: "npx eslint src" }],
  ["run-s lint:*", { eslint: "npx eslint src", prettier: "npx prettier --check src" }],
])("the linter %s leaves sources as they are", (lint, checks) => {
  const { config } = withScripts({ lint, "lint:js": "eslint src", "lint:format": "prettier --write src" });
  expect(config.checks.lint).toEqual(checks);
});

test("a flag that rewrites is told as left out; where it cannot be, the script is", () => {
  expect(said(withScripts({ lint: "eslint . --fix" }), "guessed")).toContain(
    "`eslint . --fix` rewrites the sources",
  );
  const odd = withScripts({ lint: "for each; do eslint --fix; done && prettier --write ." });
  expect(odd.config.checks).toBeUndefined();
  expect(said(odd, "unknown")).toContain("what the script lint finds");
});

const members = (scripts: Record<string, Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(scripts).map(([name, own]) => [
      `packages/${name}/package.json`,
      JSON.stringify({ name: `@acme/${name}`, scripts: own }),
    ]),
  );

test("types, forms and lint that only workspaces have are asked of them, and tsconfig.json of the root is not", () => {
  const { config } = project(
    { workspaces: ["packages/*"], devDependencies: { typescript: "5" } },
    {
      ...npm,
      "tsconfig.json": "{}",
      ...members({
        a: { "check-types": "tsc --noEmit", "format:check": "prettier --check .", lint: "tsc" },
        b: { "check-types": "tsc --noEmit", check: "npm test", test: "node --test" },
      }),
    },
  );
  expect(config.checks.lint).toEqual({
    types: "npm run check-types --workspaces --if-present",
    "format-check": "npm run format:check --workspaces --if-present",
    lint: "npm run lint --workspaces --if-present",
  });
});

test("a workspace whose linter rewrites is left out and told", () => {
  const written = look({
    "package.json": "{}",
    "pnpm-lock.yaml": "",
    "pnpm-workspace.yaml": "packages: ['packages/*']",
    ...members({ a: { lint: "eslint --fix ." }, b: { lint: "eslint ." } }),
  });
  expect(written.config.checks.lint).toEqual({ lint: "pnpm --filter ./packages/b run lint" });
  expect(said(written, "unknown")).toContain("the script lint of packages/a");
});

const yarn = (packageManager: string, files: Record<string, string> = {}): Looked =>
  project(
    { packageManager, workspaces: ["packages/*"] },
    {
      "yarn.lock": "",
      ...members({
        a: { test: "node --test", lint: "eslint .", "format:check": "prettier --check ." },
        b: { lint: "eslint ." },
        c: {},
      }),
      ...files,
    },
  );

test("Yarn 1 runs a script in those workspaces that have it", () => {
  const { config } = yarn("yarn@1.22.22");
  expect(config.checks.lint.lint).toBe("yarn workspace @acme/a run lint && yarn workspace @acme/b run lint");
  expect(config.checks.unit).toBe("yarn workspace @acme/a run test");
});

test("a later Yarn asks each workspace, by a plugin until 4; without it they are named", () => {
  const settings = { ".yarnrc.yml": "nodeLinker: node-modules\n" };
  const { config } = yarn("yarn@4.5.0", settings);
  expect(config.checks.lint).toEqual({
    lint: "yarn workspaces foreach --all run lint",
    "format-check": "yarn workspaces foreach --all --include @acme/a run format:check",
  });
  expect(yarn("yarn@3.6.0", settings).config.checks.unit).toBe("yarn workspace @acme/a run test");
  const plugin = { ...settings, ".yarn/plugins/@yarnpkg/plugin-workspace-tools.cjs": "" };
  expect(yarn("yarn@3.6.0", plugin).config.checks.unit).toBe("yarn workspaces foreach --all run test");
});

test.each([
  ["npm", "TIMING=1 eslint src", "TIMING=1 npx eslint src"],
  [
    "npm",
    "cross-env TIMING=1 NODE_OPTIONS='--a --b' eslint src",
    "TIMING=1 NODE_OPTIONS='--a --b' npx eslint src",
  ],
  ["npm", "npx --no-install eslint src", "npx eslint src"],
  ["npm", "node_modules/.bin/eslint src", "node_modules/.bin/eslint src"],
  ["yarn", "yarn eslint src", "yarn eslint src"],
  ["yarn", "yarn run -s eslint src", "yarn eslint src"],
  ["pnpm", "pnpm exec eslint src", "pnpm exec eslint src"],
  ["pnpm", "pnpm eslint src", "pnpm exec eslint src"],
])("in a project of %s `%s` is `%s`", (manager, lint, run) => {
  const locks: Record<string, Record<string, string>> = {
    npm,
    yarn: { "yarn.lock": "" },
    pnpm: { "pnpm-lock.yaml": "" },
  };
  expect(withScripts({ lint }, locks[manager]).config.checks.lint).toEqual({ eslint: run });
});

test("a script that another one runs with arguments, and a shell's line, stay scripts", () => {
  const { config } = withScripts({ lint: "npm run eslint -- --max-warnings 0", eslint: "eslint ." });
  expect(config.checks.lint).toEqual({ eslint: { run: "npm run lint", findings: "eslint" } });
  expect(withScripts({ lint: "eslint . | tee log" }).config.checks.lint).toEqual({ lint: "npm run lint" });
});

test.each([
  ["jest --watch", "npx jest"],
  ["jest --watchAll --coverage", "npx jest --coverage"],
  ["react-scripts test", "CI=true npx react-scripts test --watchAll=false"],
  [
    "cross-env TZ=UTC react-scripts test --watchAll",
    "CI=true TZ=UTC npx react-scripts test --watchAll=false",
  ],
  ["karma start karma.conf.js", "npx karma start karma.conf.js --single-run"],
  ["ng test", "npx ng test --watch=false"],
  ["npm run lint && vitest watch", "eslint . && npx vitest run"],
  ["node --test --watch", "node --test"],
])("the tests `%s` end as `%s`", (script, run) => {
  const written = withScripts({ test: script, lint: "eslint ." });
  expect(written.config.checks.unit).toBe(run);
  expect(said(written, "guessed")).toContain("waits for changes");
});

test.each([
  ["jest", "npm test"],
  ["karma start --single-run", "npm test"],
  ["jest --watchAll=false", "npm test"],
  ["vitest bench", "npm test"],
])("the tests `%s` end by themselves", (script, run) => {
  expect(withScripts({ test: script }).config.checks.unit).toBe(run);
});

test.each(["vitest", "vitest --run", "vitest watch", "npx vitest dev", "vitest --watch", "vitest run"])(
  "%s runs once and reports",
  (script) => {
    const { config } = project({ scripts: { test: script }, devDependencies: { vitest: "3" } });
    expect(config.checks.unit).toEqual({
      run: "npx vitest run --reporter=default --reporter=junit --outputFile.junit=reports/unit.xml",
      reports: { junit: "reports/unit.xml" },
    });
  },
);

test("a script of tests that ends is taken before one that waits, and none before one that ends", () => {
  expect(withScripts({ test: "jest --watch", "test:ci": "jest --ci" }).config.checks.unit).toBe(
    "npm run test:ci",
  );
  expect(withScripts({ test: "jest", "test:ci": "jest --ci" }).config.checks.unit).toBe("npm test");
});

test("tests of workspaces that wait are told to end, or left out and told", () => {
  const written = project(
    { workspaces: ["packages/*"] },
    {
      ...npm,
      ...members({ a: { test: "vitest" }, b: { test: "jest --watch" }, c: { test: "node --test" } }),
    },
  );
  expect(written.config.checks.unit).toBe(
    "CI=true npm run test --workspace packages/a --workspace packages/c",
  );
  expect(said(written, "unknown")).toContain("how the tests of packages/b end");
});

test("a script named check is one only where it does nothing but judge, and repeats nothing", () => {
  const both = { lint: "eslint src", test: "node --test" };
  const tested = withScripts({ ...both, check: "npm run lint && npm test" });
  expect(tested.config.checks.lint).toEqual({ eslint: "npx eslint src" });
  expect(said(tested, "unknown")).toContain("whether the script check is a linter: it runs `node --test`");
  const repeated = withScripts({ ...both, typecheck: "tsc", check: "npm run lint && npm run typecheck" });
  expect(repeated.config.checks.lint).toEqual({ eslint: "npx eslint src", types: "npm run typecheck" });
  const more = withScripts({ ...both, check: "npm run lint && prettier --check src" });
  expect(more.config.checks.lint).toEqual({ eslint: "npx eslint src", prettier: "npx prettier --check src" });
  expect(withScripts({ ...both, types: "tsc --emitDeclarationOnly" }).config.checks.lint).toEqual({
    eslint: "npx eslint src",
  });
});

test("Next's linter is eslint: its settings give no second check", () => {
  const { config } = project(
    { scripts: { lint: "next lint" }, devDependencies: { eslint: "8", next: "14" } },
    { ...npm, ".eslintrc.json": "{}" },
  );
  expect(config.checks.lint).toEqual({ lint: "npm run lint" });
});

test("Bun's set-up is written out, and what is not known of its lock is said", () => {
  const written = project(
    { scripts: { lint: "eslint .", test: "bun test --watch" }, devDependencies: { eslint: "9" } },
    { "bun.lock": "{}" },
  );
  expect(written.config.toolchains.node).toEqual({
    version: ">=20",
    setup: ["bun install --frozen-lockfile"],
    inputs: ["package.json", "bun.lock"],
    outputs: ["node_modules"],
  });
  expect(written.config.checks).toMatchObject({ lint: { eslint: "bunx eslint ." }, unit: "bun test" });
  expect(said(written, "unknown")).toContain("bun.lock names: Bun's lock is not read here");
  expect(said(written, "unknown")).not.toContain("package-lock.json");
});

test("Prettier is not shown our own files, unless its people keep them from it already", () => {
  const prettier = (script: string, files = {}) =>
    withScripts({ lint: script }, { ...npm, ...files }).config.checks.lint.prettier;
  const without = "'!bellwether.yaml' '!.bellwether'";
  expect(prettier("prettier --check .")).toBe(`npx prettier --check . ${without}`);
  expect(prettier("prettier --check '**/*.{ts,yaml}'")).toBe(
    `npx prettier --check '**/*.{ts,yaml}' ${without}`,
  );
  expect(prettier("prettier --check '**/*.ts'")).toBe("npx prettier --check '**/*.ts'");
  const ignored = { ".prettierignore": "dist\n/bellwether.yaml\n.bellwether/\n" };
  expect(prettier("prettier --check .", ignored)).toBe("npx prettier --check .");
  expect(said(withScripts({ lint: "prettier --check . && tsd" }), "unknown")).toContain(
    "add bellwether.yaml and .bellwether/ to .prettierignore",
  );
});

test("a set-up reads the schemas and patches that it applies, beside manifests and lock", () => {
  const { config } = project(
    {
      scripts: { postinstall: "patch-package && prisma generate", prepare: "husky" },
      dependencies: { prisma: "6", "patch-package": "8" },
    },
    { ...npm, "prisma/schema.prisma": "", "patches/ms+2.1.3.patch": "" },
  );
  expect(config.toolchains.node.inputs).toEqual([
    "package.json",
    "package-lock.json",
    "patches/**",
    "prisma/schema.prisma",
  ]);
  const pnpm = project(
    { pnpm: { patchedDependencies: { ms: "patches/ms.patch" } } },
    { "pnpm-lock.yaml": "", "patches/ms.patch": "" },
  );
  expect(pnpm.config.toolchains.node.inputs).toEqual(["package.json", "pnpm-lock.yaml", "patches/**"]);
});

test("a set-up whose scripts nobody can read runs again after every change, and says so", () => {
  const written = withScripts({ postinstall: "node scripts/generate.mjs" });
  expect(written.config.toolchains.node.inputs).toEqual(["**"]);
  expect(said(written, "unknown")).toContain("postinstall (`node scripts/generate.mjs`)");
  const prisma = project(
    { scripts: { postinstall: "prisma generate" }, dependencies: { prisma: "6" } },
    { ...npm, "prisma/schema.prisma": 'generator client {\n  output = "../src/generated"\n}\n' },
  );
  expect(prisma.config.toolchains.node.inputs).toEqual(["**"]);
});

test("a set-up of Yarn's Plug'n'Play is never taken from the cache", () => {
  const written = project(
    { packageManager: "yarn@4.5.0" },
    { "yarn.lock": "", ".yarnrc.yml": "enableTelemetry: false" },
  );
  expect(written.config.toolchains.node).toEqual({ version: ">=20", outputs: [] });
  expect(said(written, "unknown")).toContain("nodeLinker: node-modules");
  const plain = project({}, { "yarn.lock": "", ".yarnrc.yml": "nodeLinker: node-modules" });
  expect(plain.config.toolchains.node).toEqual({ version: ">=20" });
});

test.each([
  ["1", {}, "yarn install --cwd artifact --frozen-lockfile --production"],
  [
    "4",
    { packageManager: "yarn@4.9.1" },
    "YARN_NODE_LINKER=node-modules YARN_ENABLE_GLOBAL_CACHE=true yarn --cwd artifact workspaces focus --production",
  ],
  [
    "3",
    { packageManager: "yarn@3.8.0" },
    "YARN_NODE_LINKER=node-modules YARN_ENABLE_GLOBAL_CACHE=true yarn --cwd artifact install --immutable",
  ],
])("the packages of an artifact are installed as Yarn %s takes it", (_, manager, command) => {
  const manifest = {
    ...manager,
    scripts: { start: "node server.js", build: "tsc" },
    dependencies: { ws: "8" },
  };
  const { config } = project(manifest, { "yarn.lock": "", "server.js": "listen(8080)" });
  expect(config.components.small.build.run.split("\n").at(-1)).toBe(command);
});

test("what Vite's preview serves listens where anybody may, whatever nginx does in the Dockerfile", () => {
  const port = (exposed: number) =>
    project(
      { scripts: { build: "vite build" }, devDependencies: { vite: "7" } },
      { ...npm, Dockerfile: `FROM nginx:1.29\nEXPOSE ${exposed}\n` },
    ).config.components.small.port;
  expect([port(80), port(8080)]).toEqual([4173, 8080]);
});

const workspace = (files: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      typeof text === "string" ? text : JSON.stringify(text),
    ]),
  );

const shop = workspace({
  "package.json": { devDependencies: { typescript: "5" } },
  "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
  "pnpm-workspace.yaml": "packages: ['apps/*', 'packages/*']",
  "packages/types/package.json": {
    name: "@acme/types",
    scripts: { build: "tsc", start: "node dist/index.js" },
  },
  "packages/queue/package.json": {
    name: "@acme/queue",
    scripts: { build: "tsc", start: "node dist/worker.js" },
    dependencies: { "@acme/types": "workspace:*", ioredis: "5" },
  },
  "packages/queue/src/worker.ts": "connect(process.env.REDIS_PORT ?? 6379);\n",
  "packages/queue/Dockerfile": "FROM node:22\n",
  "apps/api/package.json": {
    name: "@acme/api",
    scripts: { build: "tsc", start: "node dist/index.js" },
    dependencies: { "@acme/queue": "workspace:*", express: "5" },
  },
  "apps/api/src/index.ts": "app.listen(process.env.API_PORT ?? 8080);\n",
  "apps/api/Dockerfile": "FROM node:22\n",
  "compose.yml":
    "services:\n  api:\n    build: { context: ., dockerfile: apps/api/Dockerfile }\n    ports: ['80:8081']\n    environment: { API_KEY: x }\n",
});

test("a workspace of pnpm is built behind those that it needs, and put together by pnpm", () => {
  const written = look(shop);
  expect(written.config.components.api).toMatchObject({
    build: {
      run: [
        "pnpm --filter ./apps/api... --if-present run build &&",
        "rm -rf apps/api/artifact &&",
        "npm_config_force_legacy_deploy=true pnpm --filter ./apps/api deploy --prod apps/api/artifact &&",
        "rm -f apps/api/artifact/node_modules/.pnpm/node_modules/@acme/api &&",
        "cp -R apps/api/dist/. apps/api/artifact/",
      ].join("\n"),
      outputs: ["apps/api/artifact"],
    },
    artifact: "apps/api/artifact",
    command: "node index.js",
  });
  expect(said(written, "guessed")).not.toContain("dependencies that npm chooses");
});

test("turbo builds a workspace where the root has it, with all that the build depends on", () => {
  const { config } = look({
    ...shop,
    "turbo.json": "{}",
    "package.json": JSON.stringify({ devDependencies: { turbo: "2" } }),
  });
  expect(config.components.api.build.run).toMatch(/^pnpm exec turbo run build --filter=@acme\/api &&\n/);
});

test("the compose file's service of a workspace is the one whose Dockerfile lies there", () => {
  const { config } = look(shop);
  expect(config.components.api).toMatchObject({
    port: 8081,
    env: { PORT: "${port}", API_PORT: "${port}" },
    secrets: ["API_KEY"],
  });
});

test("a package that others are made with is no component, and that is told; one that an image is made of is", () => {
  const written = look(shop);
  expect(Object.keys(written.config.components)).toEqual(["api", "queue"]);
  expect(said(written, "unknown")).toContain(
    "whether packages/types, which other packages here need, is started",
  );
});

test("a worker has no port, whichever ports it asks others at", () => {
  const { queue } = look(shop).config.components;
  expect(queue).not.toHaveProperty("port");
  expect(queue.env).toEqual({ NODE_ENV: "production" });
});

test("a port that stands in the sources is taken, and told to be no other release's", () => {
  const start = (source: string) =>
    project({ scripts: { start: "node server.js" } }, { ...npm, "server.js": source });
  const fixed = start("createServer(answer).listen(8080);\n");
  expect(fixed.config.components.small.port).toBe(8080);
  expect(said(fixed, "unknown")).toContain("whether small listens where it is told: server.js says 8080");
  expect(start("app.listen(process.env.PORT || 3001);\n").config.components.small.port).toBe(3001);
  expect(start("app.listen({ port });\n").config.components.small.port).toBe(3000);
  expect(start("new WebSocket.Server({ port: 8081 });\n").config.components.small.port).toBe(8081);
  const gateway = "net.connect(process.env.EXCHANGE_PORT ?? 9876);\nserver.listen(8080);\n";
  expect(start(gateway).config.components.small.env).toEqual({ PORT: "${port}", NODE_ENV: "production" });
  const named = "const port = Number(process.env.API_PORT);\nserver.listen(port);\n";
  expect(start(named).config.components.small.env).toMatchObject({ API_PORT: "${port}" });
});

const npmShop = (dependencies: Record<string, string>) =>
  project(
    { workspaces: ["api", "shared", "tools"] },
    workspace({
      ...npm,
      "shared/package.json": { name: "shared", scripts: { build: "tsc" } },
      "tools/package.json": { name: "tools", scripts: { build: "tsc" }, dependencies: { shared: "*" } },
      "api/package.json": {
        name: "api",
        scripts: { build: "tsc", start: "node dist/index.js" },
        dependencies,
        devDependencies: { tools: "*" },
      },
      "api/src/index.ts": "app.listen(process.env.PORT);\n",
    }),
  );

test("npm builds what a workspace needs before it", () => {
  const { api } = npmShop({ express: "5" }).config.components;
  expect(api.build.run.split("\n").slice(0, 4)).toEqual([
    "npm run build --workspace shared &&",
    "npm run build --workspace tools &&",
    "cd api &&",
    "npm run build &&",
  ]);
});

test("a workspace that needs another one for running is not installed from a registry, where the name is anybody's", () => {
  const written = npmShop({ express: "5", shared: "*" });
  expect(written.config.components).toBeUndefined();
  expect(said(written, "unknown")).toContain("how api gets shared for running, which no registry has");
});

test.each([
  "turbo run test",
  "turbo test --filter=web",
  "pnpm -r test",
  "pnpm --recursive --if-present run test",
])("`%s` is no test where no workspace has one: it passes and has looked at nothing", (script) => {
  const inTurbo = (scripts: Record<string, string>, settings = "{}") =>
    look({
      "package.json": JSON.stringify({ scripts: { test: script } }),
      "pnpm-lock.yaml": "",
      "pnpm-workspace.yaml": "packages: ['packages/*']",
      "turbo.json": settings,
      ...members({ web: scripts }),
    });
  const written = inTurbo({ build: "tsc" });
  expect(written.config.checks).toBeUndefined();
  expect(said(written, "unknown")).toContain("no tests were found in the Node project");
  expect(inTurbo({ test: "vitest run" }).config.checks.unit).toBe("pnpm test");
  expect(inTurbo({}, '{"tasks":{"//#test":{}}}').config.checks.unit).toBe("pnpm test");
});

test.each(["pnpm -r exec vitest run", "pnpm -r --workspace-concurrency 1 run test"])(
  "`%s` is a test where a workspace has what it runs",
  (script) => {
    const { config } = look({
      "package.json": JSON.stringify({ scripts: { test: script }, devDependencies: { vitest: "4" } }),
      "pnpm-lock.yaml": "",
      "pnpm-workspace.yaml": "packages: ['packages/*']",
      ...members({ web: { test: "vitest run" } }),
      "packages/web/a.test.ts": "",
    });
    expect(config.checks.unit).toBeDefined();
  },
);

test("a linter that is asked of workspaces of which none has it is told, and is no check", () => {
  const written = project(
    { workspaces: ["packages/*"], scripts: { lint: "turbo run lint", typecheck: "turbo run typecheck" } },
    { ...npm, ...members({ a: { typecheck: "tsc --noEmit" } }) },
  );
  expect(written.config.checks.lint).toEqual({ typecheck: "npm run typecheck" });
  expect(said(written, "unknown")).toContain(
    "what the script lint finds: it asks workspaces (`turbo run lint`)",
  );
});

test("a runner that passes without tests is no check where there are none", () => {
  const run = (files: Record<string, string>) =>
    withScripts({ test: "jest --passWithNoTests" }, { ...npm, ...files });
  expect(run({}).config.checks).toBeUndefined();
  expect(said(run({}), "unknown")).toContain("no tests were found");
  expect(run({ "src/pnl.test.js": "" }).config.checks.unit).toBe("npm test");
});

test("Prisma's client is told where no script of installing makes it, with the manifest that can", () => {
  const client = { dependencies: { "@prisma/client": "6" } };
  const prisma = (scripts: Record<string, string>) =>
    project(
      { workspaces: ["packages/*"] },
      workspace({
        ...npm,
        "packages/db/package.json": { name: "db", scripts, ...client },
        "packages/db/prisma/schema.prisma": "",
      }),
    );
  expect(said(prisma({}), "unknown")).toContain('"prisma generate"` to packages/db/package.json');
  expect(said(prisma({ postinstall: "npm run make", make: "prisma generate" }), "unknown")).not.toContain(
    "Prisma's client",
  );
  expect(said(project(client), "unknown")).not.toContain("Prisma's client");
});

test("without a lock no program is taken from a registry in the place of one that is not installed", () => {
  const { config } = project(
    { devDependencies: { typescript: "5", eslint: "9" } },
    {
      "tsconfig.json": "{}",
      "eslint.config.js": "",
    },
  );
  expect(config.checks.lint).toEqual({
    eslint: "npx --no-install eslint .",
    types: "npx --no-install tsc --noEmit",
  });
});
