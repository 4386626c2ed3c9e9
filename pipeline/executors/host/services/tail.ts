/** The last lines of an output. */
export type Tail = { add(line: string): void; lines(): string[] };

export function createTail(length: number): Tail {
  const kept: string[] = [];
  return {
    add(line) {
      kept.push(line);
      if (kept.length > length) kept.shift();
    },
    lines: () => [...kept],
  };
}
