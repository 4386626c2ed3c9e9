import { connect } from "node:net";
import type { Inspect, LogLine } from "../../deploy/inspect.ts";
import type { Deployment, Lease, Promotion } from "../../deploy/target.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Secret } from "../../secret.ts";
import { placesOf } from "./directory.ts";
import { findDaemon } from "./instance.ts";
import type { LocalConfiguration } from "./parts.ts";
import { type Hello, type Message, type Method, type Methods, protocolVersion } from "./protocol.ts";
import { wireOver } from "./wire.ts";

/** A connection to the daemon of one environment. */
export type LocalDeployment = Deployment & {
  /** `shutdown` ends the daemon and all it runs; settles when it is gone. */
  inspect: Inspect & { shutdown(): Promise<Result<void>> };
  daemon: Hello;
  /** Needed before the first `place`; kept by the daemon. */
  configure(configuration: LocalConfiguration): Promise<Result<{ url: string; port: number }>>;
};

export type LocalAddress = {
  /** The tool's state directory, absolute. */
  state: string;
  environment: string;
  /** Version of this program. */
  tool: string;
};

/** Connects to the daemon that runs; `target-unreachable` where there is none. */
export async function connectLocal(address: LocalAddress): Promise<Result<LocalDeployment>> {
  const { environment } = address;
  const found = await findDaemon(placesOf(address.state, environment).daemons);
  const unreachable = (reason: string) =>
    fail({
      kind: "target-unreachable" as const,
      environment,
      reason,
      remedy: `start it with: bellwether start ${environment}`,
    });
  if (!found) return unreachable("no daemon runs for it");
  const line = await open(found.socket, environment);
  if (!line) return unreachable("its daemon does not answer");
  const hello = await line.ask("hello", { protocol: protocolVersion, tool: address.tool });
  if (!hello.ok) {
    line.close();
    return hello;
  }
  return ok(deploymentOver(line, hello.value));
}

type Line = {
  ask<M extends Method>(method: M, params: Methods[M][0]): Promise<Result<Methods[M][1]>>;
  onLog(listener: (line: LogLine) => void): void;
  onPromote(listener: (promotion: Promotion) => void): void;
  readonly asked: AbortController;
  readonly closed: Promise<void>;
  close(): void;
};

async function open(path: string, environment: string): Promise<Line | null> {
  const socket = connect(path);
  const connected = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  if (!connected) return null;
  const open = new Map<number, (result: Result<unknown>) => void>();
  const asked = new AbortController();
  let listener: (line: LogLine) => void = () => {};
  let promoted: (promotion: Promotion) => void = () => {};
  let last = 0;
  const wire = wireOver(socket, (value) => {
    const message = value as Message;
    if ("id" in message) {
      open.get(message.id)?.(message.result);
      open.delete(message.id);
    } else if (message.push === "log") listener(message.line);
    else if (message.push === "promote") promoted(message.promotion);
    else asked.abort(message.who);
  });
  const lost = () =>
    fail({
      kind: "target-unreachable" as const,
      environment,
      reason: "the connection to its daemon has ended",
      remedy: "run the command again: a new daemon finds what is left and goes on",
    });
  let gone = false;
  void wire.closed.then(() => {
    gone = true;
    for (const answer of open.values()) answer(lost());
    open.clear();
  });
  return {
    ask: <M extends Method>(method: M, params: Methods[M][0]) =>
      new Promise<Result<Methods[M][1]>>((resolve) => {
        if (gone) return resolve(lost());
        const id = ++last;
        // Both ends are of one protocol version: the answer is what the method's type says.
        open.set(id, resolve as (result: Result<unknown>) => void);
        wire.send({ id, method, params });
      }),
    onLog: (wanted) => {
      listener = wanted;
    },
    onPromote: (wanted) => {
      promoted = wanted;
    },
    asked,
    closed: wire.closed,
    close: () => wire.end(),
  };
}

function deploymentOver(line: Line, daemon: Hello): LocalDeployment {
  const done = async (answer: Promise<Result<null>>): Promise<Result<void>> => {
    const result = await answer;
    return result.ok ? ok(undefined) : result;
  };
  const operate = (action: "start" | "stop" | "restart") => (component: string | null, actor: string) =>
    done(line.ask("operate", { action, component, actor }));
  const nothing = (reason: string) => ({
    kind: "none" as const,
    reason: "other" as const,
    message: reason,
    ms: 0,
  });
  return {
    daemon,
    configure: (configuration) => line.ask("configure", configuration),
    target: {
      supports: (release) => done(line.ask("supports", { release })),
      place: (release, secrets) => done(line.ask("place", { release, secrets: revealed(secrets) })),
      execute: (release, component, command, timeoutMs) =>
        line.ask("execute", { release, component, command, timeoutMs }),
      start: (release, component) => done(line.ask("start", { release, component })),
      stop: (release, graceMs) => done(line.ask("stop", { release, graceMs })),
      probe: async (release, component, request) => {
        const answer = await line.ask("probe", { release, component, request });
        return answer.ok ? answer.value : nothing("the connection to the daemon has ended");
      },
      observe: (question) => line.ask("observe", { question: question ?? null }),
      drift: () => line.ask("drift", null),
    },
    router: {
      shift: (weights) => done(line.ask("shift", { weights })),
      statistics: () => line.ask("statistics", null),
      drain: (release, timeoutMs) => line.ask("drain", { release, timeoutMs }),
    },
    store: {
      acquire: async (request): Promise<Result<Lease>> => {
        const lease = await line.ask("acquire", request);
        return lease.ok ? ok({ ...lease.value, asked: line.asked.signal, onPromote: line.onPromote }) : lease;
      },
      renew: () => done(line.ask("renew", null)),
      release: async () => void (await line.ask("release", null)),
      promote: (promotion) => line.ask("promote", promotion),
      append: async (...facts) => {
        const [first, ...rest] = facts;
        let written = await line.ask("append", { fact: first });
        for (const fact of rest) if (written.ok) written = await line.ask("append", { fact });
        return written;
      },
      journal: () => line.ask("journal", null),
      releases: () => line.ask("releases", null),
      fetchable: () => line.ask("fetchable", null),
      commit: (release, retire) => done(line.ask("commit", { release, retire })),
      prune: (keep) => done(line.ask("prune", { keep })),
    },
    inspect: {
      status: () => line.ask("status", null),
      logs: (component, lines, follow) => {
        if (follow) line.onLog(follow);
        return line.ask("logs", { component, lines, follow: follow !== undefined });
      },
      start: operate("start"),
      stop: operate("stop"),
      restart: operate("restart"),
      shutdown: async () => {
        const accepted = await line.ask("shutdown", null);
        if (!accepted.ok) return accepted;
        await line.closed;
        return ok(undefined);
      },
    },
    close: async () => {
      line.close();
      await line.closed;
    },
  };
}

/** The edge at which secrets leave the program: the daemon's socket, which only this user can open. */
const revealed = (secrets: Record<string, Secret>): Record<string, string> =>
  Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));
