import { expect, test } from "vitest";
import { configOf, lineOf, problemsIn } from "./support.ts";

const system = (target: string, more = "") => `app: trade
components:
  api: { command: node api.mjs, artifact: api, port: 8080, env: { FEED: "\${components.feed.url}" } }
  feed: { command: node feed.mjs, artifact: feed, port: 8081, stop: 2s, systemd: { CPUAffinity: 2-3, Nice: -5 } }
environments:
  production:
    on: manual
    target: ${target}
${more}`;

test("hosts run every component, with a directory, a user and ports by the app's name", () => {
  const { target } =
    configOf(system("{ systemd: { hosts: [web-1, deploy@10.0.0.7:2222] } }")).environments.production ?? {};
  expect(target).toEqual({
    kind: "systemd",
    hosts: [
      { name: "web-1", destination: "web-1", port: null, components: ["api", "feed"] },
      { name: "10.0.0.7", destination: "deploy@10.0.0.7", port: 2222, components: ["api", "feed"] },
    ],
    front: "api",
    port: 8080,
    router: "haproxy",
    directory: "/opt/trade",
    user: "trade",
    sudo: false,
    split: "weights",
    parallel: 8,
    ports: [21_000, 21_999],
    sshConfig: null,
    knownHosts: null,
  });
});

test("roles say what runs where; a host of two roles runs the components of both", () => {
  const roles =
    "{ web: { hosts: [a, b], components: [api] }, engine: { hosts: [b, c], components: [feed] } }";
  const { target } =
    configOf(system(`{ systemd: { roles: ${roles}, port: 80 } }`)).environments.production ?? {};
  expect(
    target?.kind === "systemd" && target.hosts.map(({ name, components }) => [name, components]),
  ).toEqual([
    ["a", ["api"]],
    ["b", ["api", "feed"]],
    ["c", ["feed"]],
  ]);
});

test("four eyes are asked for where others than oneself are served", () => {
  const image = "images: { api: { component: api, base: scratch, repository: registry.example/api } }\n";
  const config = configOf(system("{ systemd: { hosts: [a] } }", `    approval: { required: 1 }\n${image}`));
  expect(config.environments.production?.approval?.fourEyes).toBe(true);
});

test("a component's stop time and unit are its own", () => {
  expect(configOf(system("local")).components.feed).toMatchObject({
    stopMs: 2_000,
    unit: { CPUAffinity: "2-3", Nice: "-5" },
  });
});

test.each<[name: string, text: string, lines: string[]]>([
  [
    "hosts and roles",
    system("{ systemd: { hosts: [a], roles: { web: { hosts: [b], components: [api, feed] } } } }"),
    [
      "8:24 environments.production.target.systemd: got a map, expected either hosts, which run every component, or roles",
    ],
  ],
  [
    "neither",
    system("{ systemd: { port: 80 } }"),
    [
      "8:24 environments.production.target.systemd: got a map, expected either hosts, which run every component, or roles",
    ],
  ],
  [
    "a role with what is no component, and a component without a role",
    system("{ systemd: { roles: { web: { hosts: [a], components: [api, fed] } } } }"),
    [
      "8:33 environments.production.target.systemd.roles: got no role for feed, expected every component in a role",
      "8:72 environments.production.target.systemd.roles.web.components[1]: got fed, expected one of api, feed",
    ],
  ],
  [
    "an accessory on hosts",
    system("{ systemd: { hosts: [a] } }", "    accessories: { postgres: { version: '>=15' } }\n"),
    [
      "9:20 environments.production.accessories.postgres: got the accessory postgres with hosts of systemd, expected no accessories: they run on the target local only",
    ],
  ],
  [
    "a router's port among the components'",
    system("{ systemd: { hosts: [a], port: 21005 } }"),
    [
      "8:24 environments.production.target.systemd: got port 21005 among the components' ports 21000-21999, expected a port of the router outside of them",
    ],
  ],
  [
    "a host with an option of ssh in it",
    system('{ systemd: { hosts: ["-oProxyCommand=x"] } }'),
    [
      "8:34 environments.production.target.systemd.hosts[0]: got -oProxyCommand=x, expected a host as ssh knows it, such as web-1, deploy@web-1 or deploy@10.0.0.7:2222",
    ],
  ],
  [
    "a directory that is the whole machine's",
    system("{ systemd: { hosts: [a], directory: /opt } }"),
    [
      "8:49 environments.production.target.systemd.directory: got /opt, expected an absolute path of letters, digits, /, ., _ and -, such as /opt/quotes",
    ],
  ],
])("refused: %s", (_name, text, lines) => {
  expect(problemsIn(text).map(lineOf)).toEqual(lines);
});

test("a unit may be tuned, but not be made root", () => {
  const text = system("local").replace("Nice: -5", "User: root");
  expect(problemsIn(text)).toMatchObject([
    { path: "components.feed.systemd.User", expected: expect.stringContaining("directives of systemd") },
  ]);
});
