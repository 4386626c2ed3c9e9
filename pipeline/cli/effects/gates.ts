import { readFile, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { Confirmations } from "../../approvals/confirmations.ts";
import type { Environment, GateSpec } from "../../config/config.ts";
import type { CommandEnd, GateFact } from "../../deploy/gate-facts.ts";
import type { EnvironmentStatus } from "../../deploy/inspect.ts";
import { digestsOf, type Release } from "../../deploy/release.ts";
import { isMissing } from "../../io/files.ts";
import { runForLastLine } from "../../io/last-line.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { CommandPlace } from "../../targets/health/command.ts";
import { commandPlace, environmentHealth } from "../health.ts";
import { type Values, valuesOf } from "../values.ts";
import { hasSeen } from "./promotion.ts";
import type { Work } from "./work.ts";

/** The environment as it is seen now, or null where nothing of it runs. */
export type Look = () => Promise<Result<EnvironmentStatus | null>>;

type Asking = { work: Work; environment: Environment; release: Release; values: Values };

/** Finds out what an environment's gates ask about a release, all at the same time; nothing is changed by it. */
export async function askGates(
  work: Work,
  environment: Environment,
  release: Release,
  look: Look,
): Promise<GateFact[]> {
  const { config, root, desk } = work;
  const { variables, processes } = desk;
  const { version } = release;
  const values = valuesOf({ config, environment, version, root, variables, processes });
  const asking = { work, environment, release, values };
  const facts = await Promise.all([
    askPromotion(asking),
    askHealth(asking, look),
    ...environment.gates.map((gate) => askGate(asking, gate)),
  ]);
  return facts.flatMap((fact) => fact ?? []);
}

async function askPromotion({ work, environment, release }: Asking): Promise<GateFact | null> {
  const through = environment.promoteFrom;
  if (through === null) return null;
  const seen = await hasSeen(work, through, digestsOf(release));
  return seen.ok ? { kind: "promotion", through, completed: seen.value } : null;
}

/**
 * Of the live release only what it serves is asked: its processes are what the rollout is there to replace. Where
 * the rollout is to mend it, not even that (B33).
 */
async function askHealth({ work, environment }: Asking, look: Look): Promise<GateFact | null> {
  if (environment.health.length === 0) return null;
  const status = await look();
  if (!status.ok) return null;
  const { notAsked, ...health } = await environmentHealth({ ...work, environment }, status.value, {
    whole: false,
    broken: work.fix,
  });
  return { kind: "health", health, notAsked };
}

async function askGate(asking: Asking, gate: GateSpec): Promise<GateFact> {
  const asked = await answerOf(asking, gate);
  if (asked.ok) return asked.value;
  return { kind: "unasked", gate: gate.name, reason: asking.values.redact(asked.failure) };
}

async function answerOf(asking: Asking, gate: GateSpec): Promise<Result<GateFact, string>> {
  const { work, environment, values } = asking;
  switch (gate.kind) {
    case "command":
      return askCommand(asking, gate);
    case "http":
      return askHttp(asking, gate);
    case "file": {
      const path = await values.fill(gate.path);
      if (!path.ok) return path;
      const file = await readResults(isAbsolute(path.value) ? path.value : join(work.root, path.value));
      const ageMs = (at: number) => Math.max(0, work.desk.clock.now() - at);
      const read = file.ok
        ? { text: values.redact(file.value.text), ageMs: ageMs(file.value.at) }
        : { text: null, reason: file.failure };
      return ok({ kind: "file", gate: gate.name, path: path.value, file: read });
    }
    case "confirm": {
      const confirmations = await new Confirmations(work.state, environment.name).all();
      if (!confirmations.ok) return fail("a record of a confirmation cannot be read");
      return ok({ kind: "confirm", gate: gate.name, confirmations: confirmations.value });
    }
  }
}

async function askCommand(
  { work, environment, release, values }: Asking,
  gate: Extract<GateSpec, { kind: "command" }>,
): Promise<Result<GateFact, string>> {
  const secrets: Record<string, string> = {};
  for (const name of gate.secrets) {
    const value = await values.find(name);
    if (!value.ok) return value;
    if (value.value !== undefined) secrets[name] = value.value;
  }
  const place = commandPlace(
    { ...work, environment },
    {
      BELLWETHER_VERSION: release.version,
      BELLWETHER_DIGESTS: digestsOf(release).join(" "),
      ...gate.environment,
      ...secrets,
    },
  );
  const { signal } = work.desk.interruption;
  const ended = await runCommand(gate, place, values, signal);
  return ok({ kind: "command", gate: gate.name, ended });
}

async function runCommand(
  { run, timeoutMs }: Extract<GateSpec, { kind: "command" }>,
  { processes, directory, environment }: CommandPlace,
  values: Values,
  signal: AbortSignal,
): Promise<CommandEnd> {
  const limits = { timeoutMs, graceMs: 1_000, signal };
  const ended = await runForLastLine(processes, run, { directory, environment }, limits);
  if (!ended.ok) return { started: false, reason: values.redact(ended.failure) };
  const { exitCode, timedOut, ms, last } = ended.value;
  return { started: true, exitCode, timedOut, ms, last: values.redact(last).slice(0, longestLine) };
}

/** Most characters of a command's last line that are told. */
const longestLine = 300;

async function askHttp(
  { work, values }: Asking,
  gate: Extract<GateSpec, { kind: "http" }>,
): Promise<Result<GateFact, string>> {
  const url = await values.fill(gate.url);
  if (!url.ok) return url;
  if (!URL.canParse(url.value)) return fail("its URL cannot be read");
  const headers: Record<string, string> = {};
  for (const [name, text] of Object.entries(gate.headers)) {
    const value = await values.fill(text);
    if (!value.ok) return value;
    headers[name] = value.value;
  }
  const { http, interruption } = work.desk;
  const { timeoutMs } = gate;
  const answer = await http.send({ url: url.value, headers, timeoutMs }, interruption.signal);
  const shown =
    answer.kind === "answer" ? { ...answer, headers: {}, body: values.redact(answer.body) } : answer;
  return ok({ kind: "http", gate: gate.name, url: gate.url, answer: shown });
}

async function readResults(path: string): Promise<Result<{ text: string; at: number }, string>> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return ok({ text, at: mtimeMs });
  } catch (error) {
    return fail(isMissing(error) ? "there is no such file" : "the file cannot be read");
  }
}
