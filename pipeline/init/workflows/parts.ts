import { action } from "./actions.ts";
import type { Facts } from "./facts.ts";

/** Where the pipeline is checked out beside the system that it ships: git and the pipeline itself pass it over. */
export const toolPath = ".bellwether/tool";

/** The runner that jobs have: its tools and their versions are those of one image. */
export const runner = "ubuntu-24.04";

export const made =
  "# Made by `bellwether init --github` from bellwether.yaml: change that, and make it again.";

/** `${{ … }}`: what GitHub puts in before a step begins. */
export const expression = (text: string): string => `\${{ ${text} }}`;

/** The start of every call: on a laptop it is the same. */
export const dagger = ({ tool, file }: Facts): string =>
  [
    "dagger call",
    ...(tool === null ? [] : [`-m ./${toolPath} --source=. --git=.`]),
    ...(file === null ? [] : [`--config=${file}`]),
  ].join(" ");

/** What a call hands on: what the run is, and the values of secrets by their names. */
export const handedOn = (secrets: string[]): string =>
  [
    '--variables="$BELLWETHER_VARIABLES"',
    ...(secrets.length === 0
      ? []
      : [
          `--secret-names=${secrets.join(",")}`,
          `--secrets=${secrets.map((name) => `env:${name}`).join(",")}`,
        ]),
  ].join(" ");

/** What reaches the hosts of these environments: an argument, and the secret that it names; nothing where there are none. */
export function hostAccess(environments: { hosts: boolean }[]): { argument: string; secrets: string[] } {
  const any = environments.some(({ hosts }) => hosts);
  return any ? { argument: " --ssh-key=env:SSH_KEY", secrets: ["SSH_KEY"] } : { argument: "", secrets: [] };
}

/** Variables of a step that are secrets of the repository or of the job's environment. */
export const secretLines = (names: string[]): string[] =>
  names.map((name) =>
    name === "GITHUB_TOKEN"
      ? `GITHUB_TOKEN: "${expression("github.token")}"`
      : `${name}: "${expression(`secrets.${name}`)}"`,
  );

export const indented = (lines: string[], by: number): string[] =>
  lines.map((line) => (line === "" ? line : `${" ".repeat(by)}${line}`));

/** A step that calls the pipeline. */
export const call = (command: string[], environment: string[] = []): string[] => {
  const [first = "", ...rest] = command;
  if (rest.length === 0 && environment.length > 0)
    return [`- { run: '${first}', env: { ${environment.join(", ")} } }`];
  return [
    ...(rest.length === 0 ? [`- run: ${first}`] : ["- run: >-", ...indented([first, ...rest], 4)]),
    ...(environment.length === 0 ? [] : [`  env: { ${environment.join(", ")} }`]),
  ];
};

/** A step that asks what came of a call, whatever that was. */
export const ask = (command: string, when: string, environment: string[] = []): string[] => {
  const given = environment.length === 0 ? "" : `, env: { ${environment.join(", ")} }`;
  return [`- { if: "${expression(when)}", run: '${command}'${given} }`];
};

/** The commit with all of its history, for versions count commits; no token stays in the checkout. */
export const checkout: string[] = [
  `- { uses: ${action("actions/checkout").replace(" #", ", with: { fetch-depth: 0, persist-credentials: false } } #")}`,
];

type About = { id?: string; if?: string; environment?: string; more?: Record<string, string> };

/** One step of the composite action, which holds what jobs have in common. */
export function edge(step: string, { id, if: condition, environment, more = {} }: About = {}): string[] {
  const inputs = { step, ...(environment === undefined ? {} : { environment }), ...more };
  const listed = Object.entries(inputs).map(([name, value]) => `${name}: ${quoted(value)}`);
  const about = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(condition === undefined ? [] : [`if: ${quoted(condition)}`]),
    `with: { ${listed.join(", ")} }`,
  ];
  return [`- { uses: ./.github/actions/bellwether, ${about.join(", ")} }`];
}

const quoted = (text: string): string => (/[{}:#,]|^[!*&]/.test(text) ? `"${text}"` : text);

/** Permissions with the reason for each. */
export type Permissions = [scope: string, level: "read" | "write", why: string][];

export const reads: Permissions = [["contents", "read", "the commit"]];

export type Job = {
  id: string;
  title: string;
  /** Stages of the plan that it covers. */
  covers: string[];
  needs?: string[];
  if?: string;
  minutes: number;
  environment?: string;
  outputs?: Record<string, string>;
  permissions: Permissions;
  steps: string[][];
};

/** A job as lines of `jobs:`. */
export function job(one: Job): string[] {
  const { id, title, covers, needs = [], minutes, environment, outputs = {}, permissions, steps } = one;
  return [
    `  ${id}:${covers.length === 0 ? "" : ` # stages: ${covers.join(", ")}`}`,
    ...indented(
      [
        `name: ${title}`,
        ...(needs.length === 0 ? [] : [`needs: [${needs.join(", ")}]`]),
        ...(one.if === undefined ? [] : [`if: ${one.if}`]),
        `runs-on: ${runner}`,
        `timeout-minutes: ${minutes}`,
        ...(environment === undefined ? [] : [`environment: ${environment}`]),
        ...(Object.keys(outputs).length === 0
          ? []
          : [
              `outputs: { ${Object.entries(outputs)
                .map(([name, value]) => `${name}: "${value}"`)
                .join(", ")} }`,
            ]),
        `permissions: { ${permissions.map(([scope, level]) => `${scope}: ${level}`).join(", ")} } # ${permissions.map(([, , why]) => why).join("; ")}`,
        "steps:",
        ...indented(steps.flat(), 2),
      ],
      4,
    ),
  ];
}

/** A workflow: nothing is allowed but what a job names. */
export const workflow = (name: string, head: string[], jobs: Job[]): string =>
  [
    made,
    `name: ${name}`,
    ...head,
    "permissions: {}",
    `env: { ATTESTATIONS: "${expression("vars.ATTESTATIONS")}", CODE_SCANNING: "${expression("vars.CODE_SCANNING")}" }`,
    "jobs:",
    ...jobs.flatMap(job),
    "",
  ].join("\n");
