import { createHmac } from "node:crypto";

/** Names a secret's value without telling it: equal values of one name have equal versions, in one environment. */
export type SecretVersion = (name: string, value: string) => string;

/** The versions that belong to a salt, which its environment keeps. */
export const secretVersionsBy =
  (salt: string): SecretVersion =>
  (name, value) =>
    createHmac("sha256", salt).update(`${name}\0${value}`).digest("hex").slice(0, 8);
