import { displayWidth, fit, plainText } from "../text.ts";
import { flowing, type Line, painted } from "./line.ts";

export type ScreenOptions = {
  /** Width and height of the terminal now: it may be resized at any time. */
  columns(): number;
  rows(): number;
  colour: boolean;
  write(text: string): void;
};

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
const eraseDown = "\u001b[J";
const eraseRight = "\u001b[K";

/** Keeps a block of lines at the end of the output; lasting lines scroll by above it. One write a change. */
export class Screen {
  readonly #options: ScreenOptions;
  /** Widths of the lines of the block as they stand. */
  #drawn: number[] = [];
  #hidden = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /** Writes lasting lines, then the block again: over what stands there, so that nothing flickers. */
  update(lasting: Line[], block: Line[]): void {
    const { colour, write } = this.#options;
    // A line as wide as the terminal would leave the cursor in a place that terminals do not agree on.
    const columns = Math.max(1, this.#options.columns() - 1);
    const lines = [
      ...lasting.flatMap((each) => flowing(each, columns)).map((each) => painted(each, colour)),
      ...block.map((each) => painted(each, colour, columns)),
    ];
    const cursor = !this.#hidden && block.length > 0 ? hideCursor : "";
    this.#hidden ||= block.length > 0;
    const above = this.#upwards();
    const written = lines.map((text) => `${text}${eraseRight}\n`).join("");
    const rest = above === "" ? "" : eraseDown;
    this.#drawn = block.map((each) => displayWidth(fit(plainText(each.text), columns)));
    const text = `${cursor}${above}${written}${rest}`;
    if (text !== "") write(text);
  }

  /** Takes the block away and gives the cursor back. */
  close(): void {
    const above = this.#upwards();
    const text = `${above}${above === "" ? "" : eraseDown}${this.#hidden ? showCursor : ""}`;
    this.#drawn = [];
    this.#hidden = false;
    if (text !== "") this.#options.write(text);
  }

  /** To the first line of the block as it stands. */
  #upwards(): string {
    const columns = Math.max(1, this.#options.columns());
    // After a resize a line may have been broken into several.
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return rows === 0 ? "" : `\u001b[${rows}A\r`;
  }
}
