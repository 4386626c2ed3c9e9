import type { Component } from "../../config/config.ts";

/** Whether some component has a resource limit at all. */
export const areLimited = (components: Record<string, Component>): boolean =>
  Object.values(components).some(({ limits }) => limits.memoryBytes !== null || limits.openFiles !== null);
