import type { Command } from "./config.ts";

/** A command as argv: a string runs by `sh -c`, a list as it is. */
export const argvOf = (command: Command): string[] =>
  typeof command === "string" ? ["sh", "-c", command] : command;
