import { names } from "./config.ts";

/** Commands in one line are done in their order; requests may come in between. */
export const together = (commands: readonly string[]): string => commands.join("; ");

/** Where a slot's release listens; from here on it may get requests, should it have a weight. */
export const occupy = (slot: string, port: number): string =>
  together([
    `set server ${names.backend}/${slot} addr 127.0.0.1 port ${port}`,
    `set server ${names.backend}/${slot} state ready`,
  ]);

/** Cuts what is open and closes the slot. */
export const vacate = (slot: string): string =>
  together([
    `set server ${names.backend}/${slot} weight 0`,
    `set server ${names.backend}/${slot} state maint`,
    `shutdown sessions server ${names.backend}/${slot}`,
  ]);

export type Weighed = { slot: string; weight: number };

/** New weights, those that rise first: there is no moment at which nobody may be chosen. */
export function weigh(before: readonly Weighed[], after: readonly Weighed[]): string {
  const old = new Map(before.map(({ slot, weight }) => [slot, weight]));
  const change = ({ slot, weight }: Weighed): number => weight - (old.get(slot) ?? 0);
  return together(
    [...after]
      .sort((one, other) => change(other) - change(one))
      .map(({ slot, weight }) => `set server ${names.backend}/${slot} weight ${weight}`),
  );
}

/** The figures of the servers, and of nothing else. */
export const look = `show stat ${names.backend} 4 -1`;

/**
 * The servers' figures, and after them a mark in the log: a server that is in nobody's way changes its state, which
 * HAProxy logs. All that had ended when the figures were taken stands before the mark in the log.
 */
export const lookAndMark = (ready: boolean): string =>
  together([look, `set server ${names.marks}/${names.mark} state ${ready ? "ready" : "maint"}`, "show info"]);

export const closeFrontend = `shutdown frontend ${names.frontend}`;
export const information = "show info";
