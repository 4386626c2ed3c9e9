import type { NotifyEvent } from "../config/config.ts";
import type { Message } from "./message.ts";

/** Body of a Slack incoming webhook: `text` is what a phone's notification shows. */
export type SlackPayload = { text: string; blocks: SlackBlock[] };

type SlackText = { type: "plain_text" | "mrkdwn"; text: string };

export type SlackBlock =
  | { type: "header"; text: SlackText }
  | { type: "section"; fields: SlackText[] }
  | { type: "section"; text: SlackText };

const outcomes: Record<NotifyEvent, string> = {
  started: "rollout started",
  waiting: "waits for approval",
  promoted: "is live",
  returned: "was withdrawn",
  "rolled-back": "is live again",
  failed: "failed",
  "break-glass": "goes past its gates (break-glass)",
  "recovery-failed": "COULD NOT BE BROUGHT BACK: act now",
};

/** Says who, what, where and how it went. */
export function slackPayload(message: Message): SlackPayload {
  const { event, app, environment, version, actor, reason, link, journal } = message;
  const text = `${app} ${version} on ${environment}: ${outcomes[event]}`;
  const fields = { App: app, Environment: environment, Version: version, By: actor };
  return {
    text: escaped(text),
    blocks: [
      // Slack refuses a header of more than 150 characters and a text of more than 3000.
      { type: "header", text: { type: "plain_text", text: text.slice(0, 150) } },
      {
        type: "section",
        fields: Object.entries(fields).map(([name, value]) => markdown(`*${name}*\n${escaped(value)}`)),
      },
      ...(reason === null ? [] : [section(escaped(reason).slice(0, 3000))]),
      ...(journal === null ? [] : [section(`*Journal*\n\`${escaped(journal)}\``)]),
      ...(link === null ? [] : [section(`<${escaped(link)}|Open>`)]),
    ],
  };
}

const markdown = (text: string): SlackText => ({ type: "mrkdwn", text });

const section = (text: string): SlackBlock => ({ type: "section", text: markdown(text) });

/** The three characters that mean something in Slack's text. */
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
