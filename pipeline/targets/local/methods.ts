import { fail, ok, type Result } from "../../result.ts";
import { configure } from "./configure.ts";
import { type Core, exclusively } from "./core.ts";
import { driftOf } from "./drift.ts";
import * as effects from "./effects.ts";
import { arrangeRetirement } from "./fallback.ts";
import { logs, status } from "./inspect.ts";
import { operate } from "./operate.ts";
import { type Method, type Methods, protocolVersion } from "./protocol.ts";
import type { Session } from "./session.ts";

type Handlers = {
  [M in Method]: (params: Methods[M][0], session: Session) => Promise<Result<Methods[M][1]>>;
};

export type DaemonSelf = { pid: number; tool: string; started: string; stop(): void };

/** One handler for each thing that can be asked of the daemon. */
export function handlersOf(core: Core, self: DaemonSelf): Handlers {
  const { pid, tool, started } = self;
  return {
    hello: async ({ protocol }) =>
      protocol === protocolVersion
        ? ok({ pid, tool, started })
        : fail({
            kind: "target-unreachable",
            environment: core.name,
            reason: `its daemon (${tool}) speaks protocol ${protocolVersion}, this program ${protocol}`,
            remedy: "end it with the version that started it; the next command starts a new one",
          }),

    configure: async (configuration, session) => {
      const refusal = core.desk.holds(session) ? null : core.desk.refusal();
      return refusal ?? (await configure(core, configuration));
    },

    supports: async ({ release }) => {
      const held = await effects.supports(core, release);
      return held.ok ? ok(null) : held;
    },
    place: ({ release, secrets }, session) => session.act(() => effects.place(core, release, secrets)),
    execute: (asked, session) => session.effect(() => effects.execute(core, asked, session.signal)),
    start: ({ release, component }, session) =>
      session.act(() => effects.start(core, release, component, session.holds)),
    stop: ({ release, graceMs }, session) => session.act(() => effects.stop(core, release, graceMs)),
    probe: async ({ release, component, request }) =>
      ok(await effects.probe(core, release, component, request)),
    observe: async ({ question }) => {
      const seen = await effects.observe(core);
      return ok(question === null ? seen : { ...seen, question });
    },
    drift: async () => ok(await driftOf(core)),

    shift: ({ weights }, session) => session.act(() => effects.shift(core, weights)),
    statistics: async () => {
      const read = await core.proxy.statistics();
      return read.ok ? read : fail({ kind: "target-failed", action: "statistics", reason: read.failure });
    },
    drain: ({ release, timeoutMs }) => effects.drain(core, release, timeoutMs),

    acquire: async (request, session) => {
      await core.busy;
      const broken = await core.journal.check();
      if (broken) return fail(broken);
      const lease = await core.desk.acquire(session, request);
      if (!lease.ok) return lease;
      session.leased(lease.value.token);
      // Who gave way may have gone without a word: its traffic returns first.
      await core.busy;
      return ok({ ...lease.value, previous: core.state.value.lost });
    },
    renew: async (_, session) => {
      const renewed = core.desk.renew(session) ? null : session.refusal();
      return renewed ? fail(renewed) : ok(null);
    },
    release: (_, session) =>
      exclusively(core, async () => {
        if (!(await core.desk.giveBack(session))) return ok(null);
        core.touched.clear();
        arrangeRetirement(core);
        return ok(null);
      }),
    promote: async (promotion) => ok(core.desk.promote(promotion)),
    append: ({ fact }, session) => session.effect(() => core.journal.append(fact, session.refusal)),
    journal: async () => ok(core.journal.entries),
    releases: async () => ok(await core.shelf.list()),
    fetchable: async () => ok(await core.shelf.fetchable(core.state.value.layouts)),
    commit: ({ release, retire }, session) =>
      session.act(() => effects.commit(core, release, retire, session.refusal)),
    prune: ({ keep }, session) => session.act(() => effects.prune(core, keep, session.refusal)),

    status: async () => ok(await status(core)),
    logs: async (asked, session) => ok(await logs(core, asked, session)),
    operate: async (operation) => {
      const done = await operate(core, operation);
      return done.ok ? ok(null) : done;
    },
    shutdown: async () => {
      self.stop();
      return ok(null);
    },
  };
}

/** Calls the handler of a method by its name; an unknown one is a client of another version. */
export async function handle(
  handlers: Handlers,
  request: { method: string; params: unknown },
  session: Session,
): Promise<Result<unknown>> {
  if (!Object.hasOwn(handlers, request.method)) {
    const known = Object.keys(handlers);
    return fail({ kind: "unknown-name", what: "method", name: request.method, known, nearest: null });
  }
  // The client is this program, of the same protocol version: the parameters are what its types say.
  const handler = handlers[request.method as Method] as (
    params: unknown,
    session: Session,
  ) => Promise<Result<unknown>>;
  try {
    return await handler(request.params, session);
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return fail({ kind: "bug", message, stack: stack ?? "" });
  }
}
