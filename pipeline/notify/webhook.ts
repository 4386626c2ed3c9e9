import type { Message } from "./message.ts";

/** Body of a plain webhook: the message with a version of its format. */
export type WebhookPayload = { format: 1 } & Message;

export const webhookPayload = (message: Message): WebhookPayload => ({ format: 1, ...message });
