import type { AddressInfo, Server } from "node:net";

/** Listens on a free port of loopback, tells it to the bench, and ends this process with the bench. */
export async function listening(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.once("disconnect", () => process.exit());
  process.send?.({ answer: (server.address() as AddressInfo).port });
}
