import { join } from "node:path";
import type { Clock } from "../../io/clock.ts";
import { removeTree } from "../../io/files.ts";
import type { Child, Processes } from "../../io/process.ts";
import { temporaryDirectory } from "../../io/temporary.ts";
import { fail, ok, type Result } from "../../result.ts";
import { forwardArguments, masterArguments, runArguments, type SshAddress, withFile } from "./commands.ts";
import type { Question, RunOptions, Said } from "./said.ts";
import type { StayingCommand } from "./staying.ts";
import { StayingCommands } from "./staying-commands.ts";
import { Turns } from "./turns.ts";

/** One host, as the rest sees it. A failure is one sentence: what was asked may have been done or not. */
export interface Remote {
  run(words: readonly string[], options: RunOptions): Promise<Result<Said, string>>;
  /** The same of a command that stays and answers one question after another: it is started where none is free. */
  ask(words: readonly string[], question: Question): Promise<Result<Said, string>>;
  /** Path of a socket that leads to a port of the host's loopback. */
  socket(port: number): Promise<Result<string, string>>;
  close(): Promise<void>;
}

export type ConnectionOptions = {
  address: SshAddress;
  processes: Processes;
  clock: Clock;
  /** The caller's variables: ssh finds its agent and its files by them. */
  variables: Record<string, string | undefined>;
};

const inherited = ["PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "TMPDIR", "LANG"];
/** Calls of their own that one connection carries at a time, beside six that stay; sshd takes ten sessions by default. */
const mostCalls = 4;

/** A host by one shared connection of the system's ssh; it is opened with the first command, and again after a cut. */
export class Connection implements Remote {
  readonly #options: ConnectionOptions;
  readonly #environment: Record<string, string>;
  readonly #sockets = new Map<number, Promise<Result<string, string>>>();
  #master: { child: Child; socket: string } | null = null;
  #opening: Promise<Result<string, string>> | null = null;
  #opened = 0;
  #begun: Child | null = null;
  #isClosed = false;
  /** For sockets; its path is short, as they need it. */
  #directory: string | null = null;
  readonly #calls = new Turns(mostCalls);
  readonly #staying: StayingCommands;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#staying = new StayingCommands(options.clock, (command, words) => this.#begin(command, words));
    this.#environment = Object.fromEntries(
      inherited.flatMap((name) => {
        const value = options.variables[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
  }

  /** The time limit holds for all of it: also for a connection that has to be opened anew, and for its turn. */
  async run(words: readonly string[], options: RunOptions): Promise<Result<Said, string>> {
    return this.#within(options.timeoutMs, this.#run(words, options));
  }

  /** Connects, where it is not connected: whoever asks next does not wait for all of it, and hears what went wrong. */
  async connect(): Promise<void> {
    await this.#connected().catch(() => {});
  }

  async ask(words: readonly string[], question: Question): Promise<Result<Said, string>> {
    const over = new AbortController();
    const said = await this.#within(question.timeoutMs, this.#staying.ask(words, question, over.signal));
    over.abort();
    return said;
  }

  async #begin(command: StayingCommand, words: readonly string[]): Promise<Result<void, string>> {
    const socket = await this.#connected();
    if (!socket.ok) return socket;
    const argv = runArguments(this.#options.address, socket.value, words);
    return command.start(this.#options.processes, argv, this.#environment);
  }

  async #within<T>(timeoutMs: number, work: Promise<Result<T, string>>): Promise<Result<T, string>> {
    const answered = new AbortController();
    const late = this.#options.clock
      .sleep(timeoutMs, answered.signal)
      .then(() => fail(`no answer within ${timeoutMs / 1_000} s`));
    try {
      return await Promise.race([work, late]);
    } finally {
      answered.abort();
    }
  }

  async #run(words: readonly string[], options: RunOptions): Promise<Result<Said, string>> {
    const socket = await this.#connected();
    if (!socket.ok) return socket;
    const argv = runArguments(this.#options.address, socket.value, words);
    await this.#calls.take();
    try {
      return await this.#said(options.file === undefined ? argv : withFile(options.file, argv), options);
    } finally {
      this.#calls.give();
    }
  }

  async socket(port: number): Promise<Result<string, string>> {
    const master = await this.#connected();
    if (!master.ok) return master;
    const known = this.#sockets.get(port);
    if (known) return known;
    const local = `${master.value}-${port}`;
    const made = this.#said(forwardArguments(this.#options.address, master.value, { local, port }), {
      timeoutMs: 10_000,
    }).then((said): Result<string, string> => {
      if (said.ok && said.value.exitCode === 0) return ok(local);
      this.#sockets.delete(port);
      return said.ok ? fail(said.value.err[0] ?? "the connection takes no forward") : said;
    });
    this.#sockets.set(port, made);
    return made;
  }

  async close(): Promise<void> {
    await this.#staying.close();
    // Nobody waits for one that is still being opened.
    this.#isClosed = true;
    await this.#begun?.stop(1_000);
    await this.#opening;
    this.#master = null;
    this.#isClosed = false;
    if (this.#directory !== null) await removeTree(this.#directory);
  }

  async #said(argv: string[], { timeoutMs, input, line }: RunOptions): Promise<Result<Said, string>> {
    const said: Said = { out: [], err: [], exitCode: null };
    const ended = await this.#options.processes.run(
      {
        argv,
        directory: "/",
        environment: this.#environment,
        ...(input === undefined ? {} : { input }),
        output: (stream, text) => {
          if (stream === "out" && line) line(text);
          else said[stream].push(text);
        },
      },
      { timeoutMs, graceMs: 500 },
    );
    if (!ended.ok) return ended;
    if (ended.value.timedOut) return fail(`no answer within ${timeoutMs / 1_000} s`);
    return ok({ ...said, exitCode: ended.value.exitCode });
  }

  /** The shared connection's socket. */
  #connected(): Promise<Result<string, string>> {
    if (this.#master) return Promise.resolve(ok(this.#master.socket));
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #open(): Promise<Result<string, string>> {
    const { address, processes } = this.#options;
    this.#directory ??= await temporaryDirectory(processes, "bw-ssh-");
    const socket = join(this.#directory, `m${++this.#opened}`);
    const told: string[] = [];
    let up: () => void = () => {};
    const connected = new Promise<true>((resolve) => {
      up = () => resolve(true);
    });
    const started = await processes.start({
      argv: masterArguments(address, socket),
      directory: "/",
      environment: this.#environment,
      output: (stream, line) => {
        if (stream === "out") up();
        else told.push(line);
      },
    });
    if (!started.ok) return fail(started.failure);
    const child = started.value;
    this.#begun = child;
    if (this.#isClosed) void child.stop(1_000);
    const gone = child.ended.then(() => false as const);
    if (!(await Promise.race([connected, gone]))) return fail(reasonIn(told));
    this.#master = { child, socket };
    this.#sockets.clear();
    void gone.then(() => {
      if (this.#master?.child === child) this.#master = null;
    });
    return ok(socket);
  }
}

/** ssh's last words, without what it only warns of. */
const reasonIn = (told: string[]): string =>
  told.map((line) => line.trim()).findLast((line) => line !== "" && !/^(warning:|\*\*|@)/i.test(line)) ??
  "ssh ended without a word";

/** Connections that are shared by everything that one command does, by their address: each host is shaken hands with once. */
export type Connections = Map<string, Connection>;

/** The connection to an address: the one that is there, or a new one. */
export function connectionIn(all: Connections, options: ConnectionOptions): Connection {
  const key = JSON.stringify(options.address);
  const known = all.get(key) ?? new Connection(options);
  all.set(key, known);
  return known;
}
