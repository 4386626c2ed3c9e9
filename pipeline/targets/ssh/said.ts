/** What came back of a command: all it said, or nothing that can be relied on. */
export type Said = { out: string[]; err: string[]; exitCode: number | null };

/** A question to a command that stays on the host: its text, and which line of the answer is the last one. */
export type Question = {
  text: string;
  isEnd(line: string): boolean;
  /** Its answer waits for something: others do not wait for it. */
  isLong: boolean;
  timeoutMs: number;
};

export type RunOptions = {
  timeoutMs: number;
  /** Text, or a file, on standard input. */
  input?: string;
  file?: string;
  /** Each line as it comes. */
  line?(line: string): void;
};
