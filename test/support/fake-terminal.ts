const sequence = `${String.fromCharCode(27)}\\[([?0-9;]*)([A-Za-z])`;
const control = new RegExp(`^${sequence}$`);
const tokens = new RegExp(`${sequence}|[^]`, "gu");

/** A terminal that knows line ends, cursor up, erase right and down, and the cursor's visibility; lines break at its width. */
export class FakeTerminal {
  columns: number;
  rows = 24;
  cursorShown = true;
  writes = 0;
  #lines: string[] = [""];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  /** All that can be seen, scrolled-off lines included. */
  get lines(): string[] {
    return this.#lines.slice(0, -1);
  }

  write(text: string): void {
    this.writes += 1;
    for (const [token] of text.matchAll(tokens)) this.#take(token);
  }

  #take(token: string): void {
    const [, argument = "", action] = token.match(control) ?? [];
    if (token === "\n") this.#down();
    else if (action === "l" || action === "h") this.cursorShown = action === "h";
    else if (action === "J") this.#lines = [...this.#lines.slice(0, this.#row), ""];
    else if (action === "K") this.#lines[this.#row] = this.#upToCursor();
    else if (action === "A") this.#row -= Number(argument);
    else if (token === "\r") this.#column = 0;
    else if (action !== "m") this.#print(token);
    if (this.#row < 0) throw new Error("the cursor left the screen");
  }

  #print(token: string): void {
    if (this.#column >= this.columns) this.#down();
    const standing = [...(this.#lines[this.#row] ?? "")];
    standing[this.#column] = token;
    this.#lines[this.#row] = standing.join("");
    this.#column += 1;
  }

  #upToCursor(): string {
    return [...(this.#lines[this.#row] ?? "")].slice(0, this.#column).join("");
  }

  #down(): void {
    this.#row += 1;
    this.#column = 0;
    this.#lines[this.#row] ??= "";
  }
}
