import { resolveSecret } from "../config/secrets.ts";
import { createNotifier, type Notifier } from "../notify/notifier.ts";
import { createOutbox } from "../notify/outbox.ts";
import { explain } from "../report/failure.ts";
import type { Work } from "./effects/work.ts";

/** Who tells the environments' channels what happens to them. */
export function openNotifier({
  config,
  context,
  root,
  state,
  desk,
}: Pick<Work, "config" | "context" | "root" | "state" | "desk">): Notifier {
  const secrets = { environment: desk.variables, directory: root, processes: desk.processes };
  return createNotifier({
    http: desk.http,
    clock: desk.clock,
    outbox: createOutbox(state),
    channels: Object.fromEntries(
      Object.values(config.environments).map((environment) => [environment.name, environment.notify]),
    ),
    resolve: (reference) => resolveSecret("notification channel", reference, secrets),
    actor: context.actor,
    link: null,
    words: (failure) => explain(failure).what,
  });
}
