import { interpolate, references } from "../../config/interpolate.ts";
import type { ServicePlan } from "./services.ts";

/** Values that hold a URL with a password, or a password, are secret; the others are plain. `facts` are public. */
export function environmentOf(
  written: Record<string, string>,
  version: string,
  services: ServicePlan[],
  facts: Record<string, string> = {},
): { plain: Record<string, string>; secret: Record<string, string> } {
  const plain: Record<string, string> = {};
  const secret: Record<string, string> = {};
  const values: Record<string, string> = { ...facts, version };
  const secretNames = new Set<string>();
  for (const { name, facts: found } of services) {
    for (const [fact, value] of Object.entries(found)) values[`services.${name}.${fact}`] = value;
    secretNames.add(`services.${name}.url`).add(`services.${name}.password`);
  }
  for (const [name, text] of Object.entries(written)) {
    const value = interpolate(text, values);
    const hidden = references(text).some((each) => secretNames.has(each)) || hasPassword(value);
    (hidden ? secret : plain)[name] = value;
  }
  return { plain, secret };
}

/** A URL with a password in it is a secret. */
const hasPassword = (text: string): boolean => /:\/\/[^\s/@:]*:[^\s/@]+@/.test(text);
