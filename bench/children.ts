import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A program to run to its end. The environment is added to the caller's own, npm's part of it left out. */
export type Command = { argv: string[]; directory: string; environment?: Record<string, string> };

/** A process of the bench itself that speaks by messages. */
export type Peer = {
  readonly pid: number;
  /** Sends a message and settles with the answer; one at a time. */
  ask(message: unknown, limitMs: number): Promise<unknown>;
  /** Called with each message that is not an answer, i.e. that has no `answer`. */
  listen(listener: (message: unknown) => void): void;
  stop(): Promise<void>;
};

/** A command under way. */
export type Running = { readonly pid: number; readonly log: string; readonly ended: Promise<number | null> };

/** Every process that the bench starts, so that none is left, whatever happens. */
export type Children = {
  /** Wall time in ms of the whole process, from start to exit; throws with its output unless it ends with 0. */
  time(command: Command, limitMs: number): Promise<number>;
  /** Starts a command whose output goes to a file of its own; `ended` settles with its exit code, null after a signal. */
  start(command: Command): Running;
  /** Starts a module (built JavaScript) that says `{ answer: … }` once it is ready. */
  fork(module: string, args: string[]): Promise<{ peer: Peer; ready: unknown }>;
  close(): Promise<void>;
};

/** Output goes to a file in the directory. Once the signal aborts, everything is killed and nothing lives on. */
export function createChildren(directory: string, signal: AbortSignal): Children {
  const running = new Set<ChildProcess>();
  let begun = 0;
  const killAll = (): void => {
    for (const child of running) killGroup(child);
  };
  signal.addEventListener("abort", killAll, { once: true });
  const track = (child: ChildProcess): void => {
    if (signal.aborted) killGroup(child);
    running.add(child);
    child.once("close", () => running.delete(child));
  };

  /** In a process group of its own, with its output in a file: a pipe would make it wait for this process. */
  function launch({ argv, directory, environment }: Command, output: number): ChildProcess {
    const [program = "", ...args] = argv;
    const child = spawn(program, args, {
      cwd: directory,
      env: { ...callerEnvironment(), ...environment },
      stdio: ["ignore", output, output],
      detached: true,
    });
    track(child);
    return child;
  }

  async function time(command: Command, limitMs: number): Promise<number> {
    const log = join(directory, "output.log");
    const output = openSync(log, "w");
    const started = performance.now();
    const child = launch(command, output);
    const limit = setTimeout(() => killGroup(child), limitMs);
    try {
      const [code, signal] = await once(child, "exit");
      const elapsed = performance.now() - started;
      if (code === 0) return elapsed;
      const end = signal ? `was ended by ${signal}` : `ended with ${code}`;
      throw new Error(`${command.argv.join(" ")} ${end}:\n${readFileSync(log, "utf8").slice(-4000)}`);
    } finally {
      clearTimeout(limit);
      closeSync(output);
    }
  }

  function begin(command: Command): Running {
    const log = join(directory, `output-${++begun}.log`);
    const output = openSync(log, "w");
    const child = launch(command, output);
    const ended = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
    void ended.then(() => closeSync(output));
    return { pid: child.pid ?? 0, log, ended };
  }

  async function start(module: string, args: string[]): Promise<{ peer: Peer; ready: unknown }> {
    const child = fork(module, args, { stdio: ["ignore", "inherit", "inherit", "ipc"], execArgv: [] });
    track(child);
    const peer: Peer = {
      pid: child.pid ?? 0,
      ask: (message, limitMs) => {
        const answer = nextAnswer(child, limitMs);
        child.send(message as object);
        return answer;
      },
      listen: (listener) => {
        child.on("message", (message) => {
          if (!isAnswer(message)) listener(message);
        });
      },
      stop: () => stop(child),
    };
    return { peer, ready: await nextAnswer(child, 20_000) };
  }

  return {
    time,
    start: begin,
    fork: start,
    close: async () => {
      signal.removeEventListener("abort", killAll);
      await Promise.all([...running].map(stop));
    },
  };
}

/**
 * Without what npm told the bench about itself (a measured `npm run` would take it for its own settings), and without
 * more certificates: Node reads them before anything else, which takes longer than all the rest of its start, and no
 * side that is measured here needs them.
 */
const callerEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith("npm_") && name !== "NODE_EXTRA_CA_CERTS",
    ),
  );

const isAnswer = (message: unknown): message is { answer: unknown } =>
  typeof message === "object" && message !== null && "answer" in message;

function nextAnswer(child: ChildProcess, limitMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      clearTimeout(limit);
      child.off("message", heard);
      child.off("exit", ended);
      settle();
    };
    const heard = (message: unknown): void => {
      if (isAnswer(message)) done(() => resolve(message.answer));
    };
    const ended = (): void => done(() => reject(new Error(`${child.spawnargs.join(" ")} ended by itself`)));
    const limit = setTimeout(
      () => done(() => reject(new Error(`${child.spawnargs.join(" ")} gave no answer in ${limitMs} ms`))),
      limitMs,
    );
    child.on("message", heard);
    child.once("exit", ended);
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  killGroup(child);
  await gone;
}

/** Measured programs have a process group of their own, forked modules are in ours. */
function killGroup(child: ChildProcess): void {
  if (child.connected || child.pid === undefined) child.kill("SIGKILL");
  else
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
}
