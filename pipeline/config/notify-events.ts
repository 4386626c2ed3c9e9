/** What a channel is told where it does not say: everything but that a rollout started. */
export const toldByDefault = [
  "waiting",
  "promoted",
  "returned",
  "rolled-back",
  "failed",
  "recovery-failed",
  "break-glass",
] as const;

/** Everything that a channel can be told. */
export const notifyEvents = ["started", ...toldByDefault] as const;

export type NotifyEvent = (typeof notifyEvents)[number];
