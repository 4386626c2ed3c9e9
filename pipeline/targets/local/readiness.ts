import { answersReady } from "../../deploy/answers-ready.ts";
import type { ReleaseComponent } from "../../deploy/release.ts";
import { waves } from "../../deploy/release.ts";
import { ok, type Result } from "../../result.ts";
import type { Core } from "./core.ts";
import { route } from "./core.ts";
import type { ReleaseRun } from "./release-run.ts";

/** Starts components in their order, each wave once those before it are ready; `only` limits it to one. */
export async function startInOrder(
  core: Core,
  run: ReleaseRun,
  only: string | null = null,
): Promise<Result<void>> {
  const { release } = run;
  for (const wave of waves(release.components)) {
    if (core.ending.signal.aborted) break;
    const names = only === null ? wave : wave.filter((name) => name === only);
    const started = await Promise.all(names.map((name) => run.start(name)));
    for (const one of started) if (!one.ok) return one;
    await Promise.all(
      release.components
        .filter((component) => names.includes(component.name))
        .map((component) => becomesReady(core, run, component)),
    );
  }
  return ok(undefined);
}

/** Waits until a component answers as its health paths ask, at most for the time it may take; then tells where it is. */
async function becomesReady(core: Core, run: ReleaseRun, component: ReleaseComponent): Promise<boolean> {
  const port = run.component(component.name)?.port ?? null;
  route(core, run.release, component.name, port);
  return port === null || (await answersReady(core.parts, component.health, port, core.ending.signal));
}
