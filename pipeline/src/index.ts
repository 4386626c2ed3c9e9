/**
 * Bellwether ships a system from a commit to production and back. What these functions do is what
 * `bellwether plan` shows: one plan, made from bellwether.yaml and git.
 */
import {
  argument,
  type Container,
  check,
  type Directory,
  dag,
  type File,
  func,
  type GitRepository,
  object,
  type Platform,
  type Secret,
  type Service,
} from "@dagger.io/dagger";

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
  config: string;
  images: string[];
  variables: string[];
  secretNames: string[];
  secrets: Secret[];

  /**
   * @param source The files to ship, with bellwether.yaml at their root.
   * @param git The repository that the source is a checkout of.
   * @param config Path of the configuration in the source.
   * @param images Images that come from elsewhere, each WRITTEN=USED, e.g. node:24-slim=registry.example/node:24-slim.
   * @param variables Variables to hand on to the steps that list them in `pass`, each NAME=VALUE.
   * @param secretNames Names of the secrets that the configuration uses, in the order of `secrets`.
   * @param secrets Their values, e.g. env:TOKEN.
   */
  constructor(
    @argument({
      defaultPath: "/",
      ignore: [
        "**/node_modules",
        "**/.git",
        "**/.bellwether",
        "**/.venv",
        "**/__pycache__",
        "**/.mypy_cache",
        "**/.pytest_cache",
        "**/.ruff_cache",
        "**/target/debug",
        "**/target/release",
      ],
    })
    source: Directory,
    @argument({ defaultPath: "/" })
    git: GitRepository,
    config: string = "bellwether.yaml",
    images?: string[],
    variables?: string[],
    secretNames?: string[],
    secrets?: Secret[],
  ) {
    this.source = source;
    this.git = git;
    this.config = config;
    this.images = images ?? [];
    this.variables = variables ?? [];
    this.secretNames = secretNames ?? [];
    this.secrets = secrets ?? [];
  }

  /**
   * Shows what would run, and why; runs nothing.
   *
   * @param event Why it runs.
   * @param ref Branch or tag that it runs for, also one that does not exist yet; what is checked out by default.
   * @param tag Tag that it runs for, for example v1.2.3.
   * @param actor Who asks for it.
   * @param json Give the plan as its versioned JSON value.
   */
  @func()
  async plan(
    event?: PipelineEvent,
    ref?: string,
    tag?: string,
    actor?: string,
    json: boolean = false,
  ): Promise<string> {
    const { showPlan } = await import("../functions/plan.ts");
    return showPlan(this.door(), { event, ref, tag, actor }, json);
  }

  /** Runs the formatters and linters. */
  @func()
  @check()
  async lint(): Promise<string> {
    const { runChecks } = await import("../functions/checks.ts");
    return runChecks(this.door(), ["lint"]);
  }

  /**
   * Looks for secrets in the source and for known vulnerabilities in its dependencies. The result is good for a day:
   * what is known to be vulnerable is more tomorrow.
   *
   * @param base Branch that a change goes to: the commits since then are looked at, too.
   */
  @func({ cache: "24h" })
  @check()
  async securityScan(base?: string): Promise<string> {
    const { runChecks } = await import("../functions/checks.ts");
    return runChecks(this.door(), ["security-scan"], base);
  }

  /** Runs the tests that need nothing but the code and its services. */
  @func()
  @check()
  async unitTest(): Promise<string> {
    const { runChecks } = await import("../functions/checks.ts");
    return runChecks(this.door(), ["unit-test"]);
  }

  /** Runs the tests against real servers and components of the system. */
  @func()
  @check()
  async integrationTest(): Promise<string> {
    const { runChecks } = await import("../functions/checks.ts");
    return runChecks(this.door(), ["integration-test"]);
  }

  /**
   * Runs all checks at the same time: lint, security scan, unit tests and integration tests, as far as they are
   * configured. The result is good for a day: what is known to be vulnerable is more tomorrow.
   *
   * @param base Branch that a change goes to: the commits since then are looked at, too.
   */
  @func({ cache: "24h" })
  @check()
  async check(base?: string): Promise<string> {
    const checks = await import("../functions/checks.ts");
    return checks.check(this.door(), base);
  }

  /**
   * Runs all checks and gives what they found as files, whether they pass or not: report.json with the exit code that
   * the command line would have, report.html, JUnit, SARIF, and the steps' own reports.
   *
   * @param base Branch that a change goes to: the commits since then are looked at, too.
   * @param stages Only these, e.g. security-scan; all checks by default.
   */
  @func({ cache: "24h" })
  async report(base?: string, stages?: string[]): Promise<Directory> {
    const { reportDirectory } = await import("../functions/report.ts");
    return reportDirectory(this.door(), base, stages);
  }

  /**
   * Builds an image for all its platforms and gives it as one OCI archive; publishes nothing.
   *
   * @param name The image; the only one by default.
   * @param event Why it runs.
   * @param ref Branch that it is built for; what is checked out by default.
   * @param tag Tag that it is built for.
   */
  @func()
  async build(name?: string, event?: PipelineEvent, ref?: string, tag?: string): Promise<File> {
    const { buildImage } = await import("../functions/images.ts");
    return buildImage(this.door(), { event, ref, tag }, name);
  }

  /**
   * Builds an image, or finds it in the cache, and gives the list of what it is made of (CycloneDX), as it is attached
   * to the image where that is published.
   *
   * @param name The image; the only one by default.
   */
  @func()
  async sbom(name?: string): Promise<File> {
    const { sbomOf } = await import("../functions/images.ts");
    return sbomOf(this.door(), {}, name);
  }

  /**
   * Builds an image and gives the container of one platform, for example to look into it by `terminal`.
   *
   * @param platform The platform; the engine's own by default.
   * @param name The image; the only one by default.
   */
  @func()
  async image(platform?: Platform, name?: string): Promise<Container> {
    const { imageContainer } = await import("../functions/images.ts");
    return imageContainer(this.door(), {}, platform, name);
  }

  /**
   * Runs the checks, makes the images or finds those of the same inputs, and sends them to their repositories. Gives
   * their addresses with digests, a line for each.
   *
   * @param event Why it runs.
   * @param ref Branch that it runs for; what is checked out by default.
   * @param tag Tag that it runs for, for example v1.2.3.
   * @param actor Who asks for it.
   * @param passed Stages that passed already, in an earlier job of a workflow, e.g. lint: they are skipped.
   * @param dockerConfig Docker's config.json with the login, e.g. file:$HOME/.docker/config.json.
   */
  @func({ cache: "never" })
  async publish(
    event?: PipelineEvent,
    ref?: string,
    tag?: string,
    actor?: string,
    passed?: string[],
    dockerConfig?: Secret,
  ): Promise<string> {
    const { publishImages } = await import("../functions/images.ts");
    return publishImages(this.door(), { event, ref, tag, actor }, { dockerConfig }, passed);
  }

  /**
   * Ships what is checked out to staging: checks, images, one rollout.
   *
   * @param event Why it runs.
   * @param ref Branch that it runs for; what is checked out by default.
   * @param tag Tag that it runs for, for example v1.2.3.
   * @param actor Who asks for it.
   * @param passed Stages that passed already, in an earlier job of a workflow, e.g. image: they are skipped.
   * @param digests What images must be, as publish gave it, e.g. registry.example/api@sha256:…: another one is not
   * deployed.
   * @param sshKey Private key for the hosts.
   * @param knownHosts Keys of the hosts, as ssh keeps them.
   * @param kubeconfig Access to the cluster.
   * @param dockerConfig Docker's config.json with the login of the registry.
   */
  @func({ cache: "never" })
  async deployStaging(
    event?: PipelineEvent,
    ref?: string,
    tag?: string,
    actor?: string,
    passed?: string[],
    digests?: string[],
    sshKey?: Secret,
    knownHosts?: File,
    kubeconfig?: Secret,
    dockerConfig?: Secret,
  ): Promise<string> {
    const { deploy } = await import("../functions/environments.ts");
    const access = { sshKey, knownHosts, kubeconfig, dockerConfig };
    return deploy(this.door(), { event, ref, tag, actor }, "staging", { access, passed, digests });
  }

  /**
   * Ships a release to production: checks, the images that staging has seen, the approval, one rollout. Without an
   * approval it does nothing to production and says so.
   *
   * @param approval An approval as `bellwether approve` writes it, bound to the digests.
   * @param event Why it runs.
   * @param ref Branch that it runs for; what is checked out by default.
   * @param tag Tag that it runs for, for example v1.2.3.
   * @param actor Who asks for it.
   * @param passed Stages that passed already, in an earlier job of a workflow, e.g. staging: they are skipped.
   * @param digests What images must be, as publish gave it, e.g. registry.example/api@sha256:…: another one is not
   * deployed.
   * @param fix What is live is broken: nothing is compared with it.
   * @param supersede Another rollout under way gives way, whatever its version.
   * @param breakGlass Go past gates that do not pass, for this reason: everybody is told, and a follow-up opens.
   * @param sshKey Private key for the hosts.
   * @param knownHosts Keys of the hosts, as ssh keeps them.
   * @param kubeconfig Access to the cluster.
   * @param dockerConfig Docker's config.json with the login of the registry.
   */
  @func({ cache: "never" })
  async deployProduction(
    approval?: File,
    event?: PipelineEvent,
    ref?: string,
    tag?: string,
    actor?: string,
    passed?: string[],
    digests?: string[],
    fix: boolean = false,
    supersede: boolean = false,
    breakGlass?: string,
    sshKey?: Secret,
    knownHosts?: File,
    kubeconfig?: Secret,
    dockerConfig?: Secret,
  ): Promise<string> {
    const { deploy } = await import("../functions/environments.ts");
    const access = { sshKey, knownHosts, kubeconfig, dockerConfig };
    const shipping = { access, approval, passed, digests, fix, supersede, breakGlass };
    return deploy(this.door(), { event, ref, tag, actor }, "production", shipping);
  }

  /**
   * Brings an environment back to an older release: code, configuration and limits.
   *
   * @param environment The environment, for example production.
   * @param to The version to go back to; the one that completed before the live one by default.
   * @param reason What it is for: it stands in the journal, and the channels are told.
   * @param actor Who asks for it.
   * @param sshKey Private key for the hosts.
   * @param knownHosts Keys of the hosts, as ssh keeps them.
   * @param kubeconfig Access to the cluster.
   */
  @func({ cache: "never" })
  async rollback(
    environment: string,
    to?: string,
    reason?: string,
    actor?: string,
    sshKey?: Secret,
    knownHosts?: File,
    kubeconfig?: Secret,
  ): Promise<string> {
    const environments = await import("../functions/environments.ts");
    return environments.rollback(
      this.door(),
      { actor },
      { environment, to, reason },
      { sshKey, knownHosts, kubeconfig },
    );
  }

  /**
   * Gives what happened in an environment, by its journal, as JSON: every rollout with who asked and approved, its
   * digests, gates, weights, measurements, outcome and reason.
   *
   * @param environment The environment, for example production.
   * @param sshKey Private key for the hosts.
   * @param knownHosts Keys of the hosts, as ssh keeps them.
   * @param kubeconfig Access to the cluster.
   */
  @func({ cache: "never" })
  async rolloutReport(
    environment: string,
    sshKey?: Secret,
    knownHosts?: File,
    kubeconfig?: Secret,
  ): Promise<File> {
    const environments = await import("../functions/environments.ts");
    return environments.rolloutReport(this.door(), environment, { sshKey, knownHosts, kubeconfig });
  }

  /**
   * Shows what is live: versions, weights, health, who deploys.
   *
   * @param environment The environment; all by default.
   * @param sshKey Private key for the hosts.
   * @param knownHosts Keys of the hosts, as ssh keeps them.
   * @param kubeconfig Access to the cluster.
   */
  @func({ cache: "never" })
  async status(
    environment?: string,
    sshKey?: Secret,
    knownHosts?: File,
    kubeconfig?: Secret,
  ): Promise<string> {
    const environments = await import("../functions/environments.ts");
    return environments.status(this.door(), environment, { sshKey, knownHosts, kubeconfig });
  }

  /**
   * Starts a component with the databases of an environment, to try it by hand: `service up` serves it on port 8080.
   * Its data are gone when it stops.
   *
   * @param component The component; the only one that listens by default.
   * @param environment Environment whose databases, values and migration it has; staging by default.
   */
  @func({ cache: "never" })
  async service(component?: string, environment?: string): Promise<Service> {
    const { serve } = await import("../functions/service.ts");
    return serve(this.door(), component, environment);
  }

  private door() {
    const { source, git, config: file, images, variables, secretNames, secrets } = this;
    return { client: dag, source, git, file, images, variables, secretNames, secrets };
  }
}
