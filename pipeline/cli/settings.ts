import { join, resolve } from "node:path";
import type { Context } from "../context/context.ts";

/** The options that every command has, as the commands see them. */
export type Settings = {
  /** Absolute path of the directory that holds the configuration: the root of the system that is shipped. */
  root: string;
  /** The configuration's path, relative to the root unless absolute. */
  config: string;
  /** Absolute path of the tool's own state. */
  state: string;
  event: Context["event"] | undefined;
  ref: string | undefined;
  executor: "host" | "dagger";
  /** Machine output on stdout, words on stderr. */
  json: boolean;
  /** Where a copy of the run's report goes, or undefined. */
  report: string | undefined;
  cache: boolean;
};

/** The options as commander gives them. */
export type Options = {
  directory: string;
  config: string;
  event?: Context["event"];
  ref?: string;
  executor: "host" | "dagger";
  json?: boolean;
  report?: string;
  cache: boolean;
  state?: string;
};

export function settingsOf(options: Options, workingDirectory: string): Settings {
  const root = resolve(workingDirectory, options.directory);
  return {
    root,
    config: options.config,
    state: options.state === undefined ? join(root, ".bellwether") : resolve(workingDirectory, options.state),
    event: options.event,
    ref: options.ref,
    executor: options.executor,
    json: options.json ?? false,
    report: options.report === undefined ? undefined : resolve(workingDirectory, options.report),
    cache: options.cache,
  };
}
