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

/** Marks a column whose cells may break anywhere, such as paths and messages; numbers and short words never break. */
export const long = (head: string): Head => ({ head });

type Head = string | { head: string };

/** A table with a head; empty where there are no rows. */
export function tableOf(heads: Head[], rows: Html[][]): Html {
  if (rows.length === 0) return markup``;
  const shownHeads = heads.map((each) => markup`<th>${typeof each === "string" ? each : each.head}</th>`);
  const starts = heads.map((each) => ({ html: typeof each === "string" ? "<td>" : '<td class="long">' }));
  return markup`<div class="wide"><table><thead><tr>${shownHeads}</tr></thead><tbody>${rows.map(
    (cells) => markup`<tr>${cells.map((cell, at) => markup`${starts[at] ?? ""}${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

/** A part of the page under a heading; nothing where it has no content. */
export const section = (title: string, ...content: Html[]): Html =>
  content.every(({ html }) => html === "")
    ? markup``
    : markup`<section><h2>${title}</h2>${content}</section>`;
