import { z } from "zod";
import { notifyEvents } from "./notify-events.ts";
import { namelessSecret } from "./schema-components.ts";
import { choice, keyed } from "./schema-parts.ts";

const events = choice([...notifyEvents]);

const channel = {
  url: namelessSecret.describe("URL of the channel; it is a secret, so by reference."),
  on: z
    .array(events, { error: "a list of events" })
    .min(1, { error: "a list of events that is not empty" })
    .optional()
    .describe(
      "Events that are told, and failures, ways back and break-glass in any case. Default: all but started.",
    ),
};

/** Who is told about rollouts. */
export const notify = keyed({
  slack: keyed(channel).optional().describe("A Slack channel's incoming webhook."),
  webhook: keyed({
    ...channel,
    secret: namelessSecret
      .optional()
      .describe("Key that signs each message (HMAC-SHA256, X-Bellwether-Signature). Default: not signed."),
  })
    .optional()
    .describe("Any URL that takes JSON by POST."),
});

export type WrittenNotify = z.input<typeof notify>;
