import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { filled, goesOn, type Scope, textOf } from "./expression.ts";
import { toEnd } from "./to-end.ts";

type Yaml = Record<string, unknown>;

export type Step = {
  id?: string;
  name?: string;
  if?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, unknown>;
  "continue-on-error"?: boolean;
};

export type JobSource = {
  needs?: string[];
  if?: string;
  env?: Record<string, unknown>;
  environment?: { name: string; url?: string };
  outputs?: Record<string, string>;
  permissions?: Record<string, string>;
  steps: Step[];
};

export type WorkflowSource = { env?: Record<string, unknown>; jobs: Record<string, JobSource> };

/** What came of a job, and what it left. */
export type JobDone = {
  result: "success" | "failure" | "skipped";
  outputs: Record<string, string>;
  /** Everything that its steps printed. */
  log: string;
  summary: string;
  url: string;
  /** Inputs of the actions of others that it used, by the action. */
  used: Record<string, Record<string, string>[]>;
};

/** What stands for an action of somebody else; it gives its outputs, where it has some. */
export type FakeAction = (given: {
  inputs: Record<string, string>;
  workspace: string;
  temp: string;
  /** Puts a directory before PATH for the steps after it. */
  path(directory: string): void;
}) => Promise<Record<string, string> | undefined>;

export type RunOptions = {
  /** Directory for the workspaces of the jobs. */
  directory: string;
  /** Where the workflows and the composite actions are read. */
  repository: string;
  /** Of the run: GITHUB_… and what a machine has. */
  variables: Record<string, string>;
  github: Yaml;
  inputs?: Record<string, string>;
  secrets?: Record<string, string>;
  vars?: Record<string, string>;
  actions: Record<string, FakeAction>;
  /** Before a job of an environment begins: false rejects it, as a reviewer would. */
  reviewed?(environment: string): boolean;
};

/** Runs a workflow's jobs one after the other, as far as GitHub's runner does it for what our workflows use. */
export async function runWorkflow(file: string, options: RunOptions): Promise<Record<string, JobDone>> {
  const source: WorkflowSource = parse(await readFile(join(options.repository, file), "utf8"));
  const done: Record<string, JobDone> = {};
  const waiting = Object.entries(source.jobs);
  while (waiting.length > 0) {
    const at = waiting.findIndex(([, { needs = [] }]) => needs.every((need) => done[need] !== undefined));
    const [next] = at < 0 ? [] : waiting.splice(at, 1);
    if (next === undefined) throw new Error(`${file}: these jobs wait for each other`);
    const [id, job] = next;
    done[id] = await new Job(id, job, source, options, done).run();
  }
  return done;
}

type Steps = Record<string, { outputs: Record<string, string>; outcome: string }>;

class Job {
  readonly #steps: Steps = {};
  readonly #environment: Record<string, string>;
  readonly #done: JobDone = { result: "success", outputs: {}, log: "", summary: "", url: "", used: {} };
  #status: Scope["status"] = "success";
  #workspace = "";
  #temp = "";
  readonly #paths: string[] = [];

  readonly id: string;
  readonly source: JobSource;
  readonly workflow: WorkflowSource;
  readonly options: RunOptions;
  readonly before: Record<string, JobDone>;

  constructor(
    id: string,
    source: JobSource,
    workflow: WorkflowSource,
    options: RunOptions,
    before: Record<string, JobDone>,
  ) {
    this.id = id;
    this.source = source;
    this.workflow = workflow;
    this.options = options;
    this.before = before;
    this.#environment = { ...options.variables };
  }

  #contexts(more: Yaml = {}): Yaml {
    const { needs = [] } = this.source;
    return {
      github: { ...this.options.github, token: this.options.variables.GITHUB_TOKEN },
      needs: Object.fromEntries(needs.map((need) => [need, this.before[need]])),
      inputs: this.options.inputs ?? {},
      secrets: this.options.secrets ?? {},
      vars: this.options.vars ?? {},
      env: this.#environment,
      steps: this.#steps,
      runner: { temp: this.#temp },
      ...more,
    };
  }

  async run(): Promise<JobDone> {
    const { needs = [], environment } = this.source;
    const results = needs.map((need) => this.before[need]?.result);
    const failed = this.#ancestors(this.id).some((id) => this.before[id]?.result === "failure");
    const status = failed ? "failure" : "success";
    const asks = /\b(?:always|success|failure|cancelled)\(\)/.test(this.source.if ?? "");
    const skipped = results.some((result) => result === "skipped") && !asks;
    if (skipped || !goesOn(this.source.if, { contexts: this.#contexts(), status }))
      return { ...this.#done, result: "skipped" };
    const name = environment && filled(environment.name, { contexts: this.#contexts(), status });
    if (name !== undefined && this.options.reviewed?.(name) === false)
      return { ...this.#done, result: "failure", log: `${name}: rejected by a reviewer` };
    this.#workspace = await mkdtemp(join(this.options.directory, `${this.id}-`));
    this.#temp = await mkdtemp(join(this.options.directory, `${this.id}-temp-`));
    for (const [key, value] of Object.entries({ ...this.workflow.env, ...this.source.env }))
      this.#environment[key] = filled(textOf(value), this.#scope());
    for (const step of this.source.steps) await this.#step(step, this.#steps, {});
    const scope = this.#scope();
    for (const [key, value] of Object.entries(this.source.outputs ?? {}))
      this.#done.outputs[key] = filled(value, scope);
    this.#done.url = environment?.url === undefined ? "" : filled(environment.url, scope);
    this.#done.result = this.#status === "success" ? "success" : "failure";
    return this.#done;
  }

  /** All jobs that it waits for: a failure far before it is one for it as well. */
  #ancestors(id: string): string[] {
    const needs = this.workflow.jobs[id]?.needs ?? [];
    return [...needs, ...needs.flatMap((need) => this.#ancestors(need))];
  }

  #scope(more: Yaml = {}): Scope {
    return { contexts: this.#contexts(more), status: this.#status };
  }

  /** One step; `inside` are the contexts of the composite action that it stands in. */
  async #step(step: Step, steps: Steps, inside: Yaml): Promise<void> {
    const scope = this.#scope(inside);
    if (!goesOn(step.if, scope)) {
      if (step.id !== undefined) steps[step.id] = { outputs: {}, outcome: "skipped" };
      return;
    }
    const environment = Object.fromEntries(
      Object.entries(step.env ?? {}).map(([key, value]) => [key, filled(textOf(value), scope)]),
    );
    let outputs: Record<string, string> = {};
    let outcome = "success";
    try {
      outputs =
        step.run === undefined
          ? await this.#use(step, inside)
          : await this.#shell(filled(step.run, scope), environment);
    } catch (error) {
      this.#done.log += `${error instanceof Error ? error.message : String(error)}\n`;
      outcome = "failure";
      if (step["continue-on-error"] !== true) this.#status = "failure";
      if (error instanceof StepFailed) outputs = error.outputs;
    }
    if (step.id !== undefined) steps[step.id] = { outputs, outcome };
  }

  async #use(step: Step, inside: Yaml): Promise<Record<string, string>> {
    const [name = ""] = (step.uses ?? "").split("@");
    const scope = this.#scope(inside);
    const inputs = Object.fromEntries(
      Object.entries(step.with ?? {}).map(([key, value]) => [key, filled(textOf(value), scope)]),
    );
    if (name.startsWith("./")) return this.#composite(name, inputs);
    const fake = this.options.actions[name];
    if (fake === undefined) throw new Error(`there is nothing here for the action ${name}`);
    const used = this.#done.used[name] ?? [];
    this.#done.used[name] = [...used, inputs];
    const made = await fake({
      inputs,
      workspace: this.#workspace,
      temp: this.#temp,
      path: (directory) => this.#paths.unshift(directory),
    });
    return made ?? {};
  }

  async #composite(name: string, given: Record<string, string>): Promise<Record<string, string>> {
    const text = await readFile(join(this.#workspace, name, "action.yml"), "utf8");
    const action: {
      inputs: Record<string, { default?: string; required?: boolean }>;
      outputs: Record<string, { value: string }>;
      runs: { steps: Step[] };
    } = parse(text);
    const unknown = Object.keys(given).filter((key) => !(key in action.inputs));
    if (unknown.length > 0) throw new Error(`${name} has no input ${unknown.join(", ")}`);
    const inputs = Object.fromEntries(
      Object.entries(action.inputs).map(([key, about]) => [
        key,
        given[key] ?? filled(about.default ?? "", this.#scope()),
      ]),
    );
    const steps: Steps = {};
    const before = this.#status;
    // Steps of a composite action begin anew: what failed before it does not stop them.
    this.#status = "success";
    for (const step of action.runs.steps) await this.#step(step, steps, { inputs, steps });
    const inside = this.#status as Scope["status"];
    if (before === "failure") this.#status = before;
    const scope = { contexts: this.#contexts({ inputs, steps }), status: this.#status };
    const outputs = Object.fromEntries(
      Object.entries(action.outputs).map(([key, { value }]) => [key, filled(value, scope)]),
    );
    if (inside === "failure") throw new StepFailed(`${name} failed`, outputs);
    return outputs;
  }

  async #shell(script: string, environment: Record<string, string>): Promise<Record<string, string>> {
    const directory = await mkdtemp(join(this.#temp, "step-"));
    const files = Object.fromEntries(
      ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"].map((name) => [
        name,
        join(directory, name),
      ]),
    );
    for (const file of Object.values(files)) await writeFile(file, "");
    await mkdir(join(this.#temp, "home"), { recursive: true });
    const { code, text } = await toEnd(
      "bash",
      ["--noprofile", "--norc", "-e", "-c", script],
      this.#workspace,
      {
        ...this.#environment,
        ...environment,
        ...files,
        GITHUB_WORKSPACE: this.#workspace,
        RUNNER_TEMP: this.#temp,
        HOME: join(this.#temp, "home"),
        PATH: [...this.#paths, this.options.variables.PATH].join(":"),
      },
    );
    this.#done.log += `$ ${script}\n${text.replace(/^::add-mask::.*\n/gm, "")}`;
    Object.assign(this.#environment, pairs(await readFile(files.GITHUB_ENV ?? "", "utf8")));
    this.#done.summary += await readFile(files.GITHUB_STEP_SUMMARY ?? "", "utf8");
    const outputs = pairs(await readFile(files.GITHUB_OUTPUT ?? "", "utf8"));
    if (code !== 0) throw new StepFailed(`exit code ${code}`, outputs);
    return outputs;
  }
}

class StepFailed extends Error {
  readonly outputs: Record<string, string>;

  constructor(message: string, outputs: Record<string, string>) {
    super(message);
    this.outputs = outputs;
  }
}

/** NAME=VALUE and NAME<<END … END, as a runner reads its environment files. */
export function pairs(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const [, name = "", end] = /^([^=<]+)<<(.+)$/.exec(line) ?? [];
    if (end !== undefined) {
      const close = lines.indexOf(end, at + 1);
      found[name] = lines.slice(at + 1, close).join("\n");
      at = close;
    } else if (line.includes("="))
      found[line.slice(0, line.indexOf("="))] = line.slice(line.indexOf("=") + 1);
  }
  return found;
}
