import type { Config } from "../config/config.ts";
import type { Context } from "../context/context.ts";
import type { ImageStep, Stage } from "../plan/plan.ts";
import { imageDue } from "../plan/triggers.ts";
import { buildId } from "./build.ts";
import { checkStageIds } from "./check-stage.ts";

/** Builds each image once, or finds the one of the same inputs; only for main, develop, tags and releases. */
export function image(config: Config, context: Context): Stage {
  const { due, reason } = imageDue(config, context);
  return {
    id: "image",
    title: "Images",
    needs: checkStageIds,
    due,
    reason,
    steps: due ? Object.values(config.images).map((each) => imageStep(config, each.name)) : [],
  };
}

/** One image as a step. */
export function imageStep(config: Config, name: string): ImageStep {
  const component = config.components[config.images[name]?.component ?? ""];
  return {
    kind: "image",
    id: `image:${name}`,
    title: `Image ${name}`,
    needs: component?.build ? [buildId(component.name)] : [],
    image: name,
  };
}
