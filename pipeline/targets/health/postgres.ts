import { connectionReason, ill, type Sounding, well } from "./sounding.ts";

/** Whether the PostgreSQL of a URL answers `select 1`. `pg` is loaded only here. */
export async function askPostgres(url: string, timeoutMs: number, signal: AbortSignal): Promise<Sounding> {
  if (!/^postgres(ql)?:\/\//.test(url)) return ill("its URL does not begin with postgres://");
  const { default: pg } = await import("pg");
  if (signal.aborted) return ill("interrupted");
  let client: InstanceType<typeof pg.Client> | null = null;
  // A query that hangs is ended with its connection.
  const stop = () => void client?.end().catch(() => {});
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: timeoutMs });
    client.on("error", () => {});
    signal.addEventListener("abort", stop, { once: true });
    await client.connect();
    await client.query("select 1");
    return well;
  } catch (error) {
    return ill(connectionReason(error));
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}
