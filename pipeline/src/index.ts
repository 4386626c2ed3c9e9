/**
 * Bellwether ships a system from a commit to production and back. What these functions do is what
 * `bellwether plan` shows: one plan, made from bellwether.yaml and git.
 */
import {
  argument,
  check,
  type Directory,
  dag,
  func,
  type GitRepository,
  object,
  type Secret,
} from "@dagger.io/dagger";
import { planView } from "../report/plan-view.ts";
import { planOf, runStages } from "./checks.ts";

/** Why the pipeline runs. */
export enum PipelineEvent {
  push = "push",
  pull_request = "pull_request",
  release = "release",
  dispatch = "dispatch",
  schedule = "schedule",
  local = "local",
}

@object()
export class Bellwether {
  source: Directory;
  git: GitRepository;

  /**
   * @param source The files to check, with bellwether.yaml at their root.
   * @param git The repository that the source is a checkout of.
   */
  constructor(
    @argument({
      defaultPath: "/",
      ignore: ["**/node_modules", "**/.git", "**/.bellwether"],
    })
    source: Directory,
    @argument({ defaultPath: "/" })
    git: GitRepository,
  ) {
    this.source = source;
    this.git = git;
  }

  /**
   * Shows what would run, and why; runs nothing.
   *
   * @param event Why it runs.
   * @param ref Branch or tag that it runs for, also one that does not exist yet; what is checked out by default.
   * @param tag Tag that it runs for, for example v1.2.3.
   * @param json Give the plan as its versioned JSON value.
   */
  @func()
  async plan(event?: PipelineEvent, ref?: string, tag?: string, json: boolean = false): Promise<string> {
    const wanted = {
      ...(event === undefined ? {} : { event }),
      ...(ref === undefined ? {} : { ref }),
      ...(tag === undefined ? {} : { tag }),
    };
    const plan = await planOf(this.checkout(), wanted);
    return json ? JSON.stringify(plan, null, 2) : planView(plan).join("\n");
  }

  /**
   * Runs the formatters and linters.
   *
   * @param secretNames Names of the secrets that the steps use, in the order of `secrets`.
   * @param secrets Their values.
   */
  @func()
  @check()
  async lint(secretNames?: string[], secrets?: Secret[]): Promise<string> {
    return runStages(this.checkout(), ["lint"], named(secretNames, secrets));
  }

  /**
   * Runs the tests that need nothing but the code and its services.
   *
   * @param secretNames Names of the secrets that the steps use, in the order of `secrets`.
   * @param secrets Their values.
   */
  @func()
  @check()
  async unitTest(secretNames?: string[], secrets?: Secret[]): Promise<string> {
    return runStages(this.checkout(), ["unit-test"], named(secretNames, secrets));
  }

  /**
   * Runs all checks: lint, security scan, unit tests and integration tests, as far as they are configured. The
   * result is good for a day: vulnerability data is newer tomorrow.
   *
   * @param secretNames Names of the secrets that the steps use, in the order of `secrets`.
   * @param secrets Their values.
   */
  @func({ cache: "24h" })
  @check()
  async check(secretNames?: string[], secrets?: Secret[]): Promise<string> {
    const stages = ["lint", "security-scan", "unit-test", "integration-test"];
    return runStages(this.checkout(), stages, named(secretNames, secrets));
  }

  private checkout() {
    return { client: dag, source: this.source, git: this.git };
  }
}

/** Pairs names and secrets by their places: a signature cannot have a map. */
function named(names: string[] = [], secrets: Secret[] = []): Record<string, Secret> {
  if (names.length !== secrets.length)
    throw new Error(`${names.length} secret names and ${secrets.length} secrets: give one for each other`);
  return Object.fromEntries(secrets.map((secret, index) => [names[index] ?? "", secret]));
}
