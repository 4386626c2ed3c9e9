import { type Release, type ReleaseComponent, waves } from "../../deploy/release.ts";
import type { ObservedRelease } from "../../deploy/target.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { SupervisedComponent } from "./component.ts";

/** The processes of one placed release. */
export class ReleaseRun {
  readonly release: Release;
  readonly #make: (component: ReleaseComponent) => Promise<SupervisedComponent>;
  readonly #made = new Map<string, Promise<SupervisedComponent>>();
  readonly #components = new Map<string, SupervisedComponent>();
  #stopping: Promise<void> = Promise.resolve();

  constructor(release: Release, make: (component: ReleaseComponent) => Promise<SupervisedComponent>) {
    this.release = release;
    this.#make = make;
  }

  /** The component that takes the environment's traffic: the first that listens. */
  get front(): ReleaseComponent | null {
    return this.release.components.find((component) => component.listens) ?? null;
  }

  get running(): boolean {
    return [...this.#components.values()].some((component) => component.running);
  }

  /** Whether traffic could be sent to it; a release without a listening component has none to get. */
  get serving(): boolean {
    const { front } = this;
    return front ? (this.#components.get(front.name)?.running ?? false) : this.running;
  }

  /** A component as it is; undefined where it was never started. */
  component(name: string): SupervisedComponent | undefined {
    return this.#components.get(name);
  }

  /** Its port is chosen once and kept for as long as the daemon lives. */
  async prepared(name: string): Promise<Result<SupervisedComponent>> {
    const spec = this.release.components.find((component) => component.name === name);
    if (!spec) {
      const known = this.release.components.map((component) => component.name);
      return fail({ kind: "unknown-name", what: "component", name, known, nearest: null });
    }
    let making = this.#made.get(name);
    if (!making) {
      making = this.#make(spec);
      this.#made.set(name, making);
    }
    const component = await making;
    this.#components.set(name, component);
    return ok(component);
  }

  async start(name: string): Promise<Result<SupervisedComponent>> {
    await this.#stopping;
    const component = await this.prepared(name);
    if (!component.ok) return component;
    const started = await component.value.start();
    return started.ok ? component : started;
  }

  /** A second process of a component, beside the one that runs and on a port of its own; `put` makes it the component. */
  async beside(name: string): Promise<Result<SupervisedComponent>> {
    const spec = this.release.components.find((component) => component.name === name);
    if (!spec) return await this.prepared(name);
    await this.#stopping;
    const fresh = await this.#make(spec);
    const started = await fresh.start();
    return started.ok ? ok(fresh) : started;
  }

  put(name: string, component: SupervisedComponent): void {
    this.#made.set(name, Promise.resolve(component));
    this.#components.set(name, component);
  }

  /** All components, those that others need last. */
  stop(graceMs: number): Promise<void> {
    this.#stopping = this.#stopping.then(async () => {
      for (const wave of waves(this.release.components).reverse()) {
        await Promise.all(wave.map((name) => this.#components.get(name)?.stop(graceMs)));
      }
    });
    return this.#stopping;
  }

  /** Starts what died earlier and is to be kept now. */
  async tend(): Promise<void> {
    await Promise.all([...this.#components.values()].map((component) => component.tend()));
  }

  observe(): ObservedRelease {
    const seen = this.release.components.map((component) => {
      const one = this.#components.get(component.name)?.observe();
      return [component.name, one ?? neverStarted] as const;
    });
    return { version: this.release.version, placed: true, components: Object.fromEntries(seen) };
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#components.values()].map((component) => component.log.flush()));
  }
}

const neverStarted = {
  state: "stopped" as const,
  pid: null,
  port: null,
  startedAt: null,
  end: null,
  log: [],
  restarts: 0,
};
