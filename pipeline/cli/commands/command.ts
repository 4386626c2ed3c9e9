import type { Command } from "commander";
import type { Settings } from "../settings.ts";

/** A command's work: gives the process's exit code. What it needs is loaded only when it is asked for. */
export type Work = (settings: Settings) => Promise<number>;

/** Tells commander of one command; `perform` does its work and settles the exit code. */
export type Define = (program: Command, perform: (work: Work) => Promise<void>) => void;

/** Commands by name, in the order in which help shows them. */
export type Commands = Record<string, Define>;

/** The option of what goes past its gates. */
export const breakGlass = [
  "--break-glass <reason>",
  "go past gates that do not pass: everybody is told, and a follow-up opens",
] as const;
