/** What is wrong with the environment; the program prints it and exits with 2. */
export class ConfigError extends Error {}

/** Reads the configuration; all problems are reported at once. */
export function readConfig(environment) {
  const problems = [];
  const required = (name) => {
    const value = environment[name];
    if (!value) problems.push(`${name} is missing`);
    return value ?? "";
  };
  const whole = (name, fallback, most) => {
    const text = environment[name] || fallback;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > most) problems.push(`${name} is "${text}", expected 0 to ${most}`);
    return value;
  };
  const config = {
    databaseUrl: required("DATABASE_URL"),
    version: required("VERSION"),
    revision: environment.REVISION || null,
    host: environment.HOST || "127.0.0.1",
    port: whole("PORT", required("PORT") || "0", 65535),
    maxOrderSize: whole("MAX_ORDER_SIZE", "1000", 1_000_000_000),
    maxPositionSize: whole("MAX_POSITION_SIZE", "1000000", 1_000_000_000),
    fault: readFault(environment.QUOTES_FAULT, problems),
  };
  if (problems.length > 0) throw new ConfigError(problems.join("; "));
  return config;
}

const bare = ["never-ready", "crash-on-start"];
const measured = ["fail-after", "slow", "crash-after", "error-rate"];

function readFault(text, problems) {
  if (!text) return null;
  const [kind, amount] = text.split(":");
  if (bare.includes(kind) && amount === undefined) return { kind, amount: 0 };
  if (measured.includes(kind) && /^\d+(\.\d+)?$/.test(amount ?? "")) return { kind, amount: Number(amount) };
  const known = [...bare, ...measured.map((name) => `${name}:NUMBER`)];
  problems.push(`QUOTES_FAULT is "${text}", expected one of ${known.join(", ")}`);
  return null;
}
