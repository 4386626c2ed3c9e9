import { createServer } from "node:net";

/** A port of 127.0.0.1 that is free now; `wanted` itself where that one is free. */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted !== undefined && (await portIsFree(wanted))) return wanted;
  const port = await listenOnce(0);
  if (port === null) throw new Error("127.0.0.1 has no free port");
  return port;
}

/** Whether somebody could listen on the port of 127.0.0.1. */
export const portIsFree = async (port: number): Promise<boolean> => (await listenOnce(port)) !== null;

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === "object" ? address.port : null));
    });
  });
}
