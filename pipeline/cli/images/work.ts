import { join } from "node:path";
import type { Component, Config, ImageSpec } from "../../config/config.ts";
import type { Context } from "../../context/context.ts";
import { listTags } from "../../image/layout.ts";
import { fail, type Result } from "../../result.ts";
import type { Desk } from "../desk.ts";

/** What images are made from and with. */
export type ImageWork = {
  config: Config;
  context: Context;
  root: string;
  state: string;
  desk: Desk;
  /** Where the root is a copy without git: a directory with nothing but what git would list. */
  listed?: string;
  /** What a builder elsewhere made of the Dockerfile, by platform: nothing is built here. */
  handed?: Record<string, string>;
};

/** Where the image's OCI layout stands in the tool's state. */
export const layoutOf = (state: string, image: string): string => join(state, "images", image);

/** An image of the configuration with its component; the configuration's rules have seen to both. */
export function imageOf(
  { config }: Pick<ImageWork, "config">,
  name: string,
): { image: ImageSpec; component: Component } {
  const image = config.images[name];
  const component = image && config.components[image.component];
  if (!image || !component) throw new Error(`image ${name} is not in the config`);
  return { image, component };
}

/** The failure of a version of an image that its layout does not have, with those that it has. */
export async function notBuilt(
  { state, context }: Pick<ImageWork, "state" | "context">,
  image: string,
): Promise<Result<never>> {
  const tags = await listTags(layoutOf(state, image));
  if (!tags.ok) return tags;
  const available = tags.value.map(({ tag }) => tag).filter((tag) => !tag.startsWith("in-"));
  return fail({ kind: "image-missing", image, version: context.version, available });
}
