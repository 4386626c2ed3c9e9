const sequence = `${String.fromCharCode(27)}\\[([?0-9;]*)([A-Za-z])`;
const control = new RegExp(`^${sequence}$`);
const tokens = new RegExp(`${sequence}|[^]`, "gu");

/** A terminal that knows line ends, cursor up, erase down, and the cursor's visibility; lines break at its width. */
export class FakeTerminal {
  columns: number;
  rows = 24;
  cursorShown = true;
  writes = 0;
  #lines: string[] = [""];
  #row = 0;

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
    else if (action === "A") this.#row -= Number(argument);
    else if (token !== "\r" && action !== "m") this.#print(token);
    if (this.#row < 0) throw new Error("the cursor left the screen");
  }

  #print(token: string): void {
    if ([...(this.#lines[this.#row] ?? "")].length >= this.columns) this.#down();
    this.#lines[this.#row] = (this.#lines[this.#row] ?? "") + token;
  }

  #down(): void {
    this.#row += 1;
    this.#lines[this.#row] ??= "";
  }
}
