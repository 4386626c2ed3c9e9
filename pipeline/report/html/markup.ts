/** Markup that is safe to put into a page. */
export type Html = { readonly html: string };

type Part = Html | string | number | readonly Html[];

/** Puts parts into markup: texts are escaped, markup is taken as it is. */
export function markup(texts: TemplateStringsArray, ...parts: Part[]): Html {
  let html = texts[0] ?? "";
  // By number: a page has thousands of these, and each pair that an iterator gives is an array.
  for (let at = 0; at < parts.length; at++) html += shown(parts[at] ?? "") + (texts[at + 1] ?? "");
  return { html };
}

function shown(part: Part): string {
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return "html" in part ? part.html : part.map(({ html }) => html).join("");
}

const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const escaped = (text: string): string =>
  /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (found) => names[found] ?? found) : text;

/** Columns whose texts may be broken anywhere; numbers and words of the others never are. */
const long = new Set(["where", "what", "rule", "test", "file", "why", "step", "outcome"]);

/** A table with a head; empty where there are no rows. */
export const tableOf = (heads: string[], rows: Html[][]): Html =>
  rows.length === 0
    ? markup``
    : markup`<div class="wide"><table><thead><tr>${heads.map((head) => markup`<th>${head}</th>`)}</tr></thead><tbody>${rows.map(
        (cells) =>
          markup`<tr>${cells.map((cell, at) =>
            long.has(heads[at] ?? "") ? markup`<td class="long">${cell}</td>` : markup`<td>${cell}</td>`,
          )}</tr>`,
      )}</tbody></table></div>`;

/** A part of the page under a heading; nothing where it has no content. */
export const section = (title: string, ...content: Html[]): Html =>
  content.every(({ html }) => html === "")
    ? markup``
    : markup`<section><h2>${title}</h2>${content}</section>`;
