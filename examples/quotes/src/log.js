/** One JSON line a fact. */
export function log(level, message, facts = {}) {
  const line = JSON.stringify({ at: new Date().toISOString(), level, message, ...facts });
  (level === "error" ? process.stderr : process.stdout).write(`${line}\n`);
}
