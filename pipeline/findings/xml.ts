import { parseXml, XmlCdata, XmlElement, XmlText } from "@rgrove/parse-xml";
import { fail, ok, type Result } from "../result.ts";

/** An element with its attributes, the elements in it, and all its text. */
export type Element = {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
};

/** Most tags of a file: each element takes about a kilobyte of the heap. */
const mostTags = 1_000_000;

/**
 * Reads XML 1.0 of at most a million tags. Entities of a document type are not expanded, so that a small file cannot become a huge one; text
 * that is no XML is a failure of one sentence.
 */
export function readXml(text: string): Result<Element, string> {
  if (hasMore(text, mostTags))
    return fail("it has more than a million tags, which is more than a report has");
  try {
    const { root } = parseXml(text.replace(/^\uFEFF/, ""), {
      ignoreUndefinedEntities: true,
      preserveCdata: true,
    });
    return root === null ? fail("it has no element") : ok(elementOf(root));
  } catch (error) {
    const first = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return fail(`it is no XML: ${first}`);
  }
}

function hasMore(text: string, most: number): boolean {
  let tags = 0;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at + 1)) if (++tags > most) return true;
  return false;
}

function elementOf(element: XmlElement): Element {
  const children: Element[] = [];
  let text = "";
  for (const child of element.children) {
    if (child instanceof XmlElement) children.push(elementOf(child));
    else if (child instanceof XmlText || child instanceof XmlCdata) text += child.text;
  }
  return { name: element.name, attributes: element.attributes, children, text };
}

/** An attribute as a number; 0 where there is none, or where it is none. */
export function numberOf({ attributes }: Element, name: string): number {
  const value = Number(attributes[name]?.replaceAll(",", ""));
  return Number.isFinite(value) ? value : 0;
}
