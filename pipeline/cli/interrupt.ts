/** How the user or the system asked us to end. */
export type Interruption = {
  readonly signal: AbortSignal;
  /** The signal that came, or null. */
  readonly by: () => "SIGINT" | "SIGTERM" | "SIGHUP" | null;
  /** Ends the watch. */
  close(): void;
};

/** Turns SIGINT, SIGTERM and SIGHUP into one abort: the work under way stops safely and reports. */
export function watchInterruption(): Interruption {
  const controller = new AbortController();
  let by: "SIGINT" | "SIGTERM" | "SIGHUP" | null = null;
  const handlers = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((name) => {
    const handler = () => {
      by ??= name;
      controller.abort(name);
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  return {
    signal: controller.signal,
    by: () => by,
    close: () => {
      for (const off of handlers) off();
    },
  };
}
