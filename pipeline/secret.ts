import { inspect } from "node:util";

/**
 * A value that must not be seen. Printing, serialising or inspecting it gives `***`; `reveal` is called only at
 * the edge that hands the value to a process or a file of mode 600.
 */
export class Secret {
  readonly #value: string;
  readonly name: string;

  constructor(name: string, value: string) {
    this.name = name;
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [inspect.custom](): string {
    return `Secret(${this.name})`;
  }
}
