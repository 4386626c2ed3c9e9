import { connect } from "node:net";
import { connectionReason, ill, type Sounding, well } from "./sounding.ts";

/** Whether HOST:PORT takes a connection. */
export function askTcp(address: string, signal: AbortSignal): Promise<Sounding> {
  const found = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(address);
  const port = Number(found?.[2]);
  if (!found || port < 1 || port > 65_535) return Promise.resolve(ill("the address is not HOST:PORT"));
  return new Promise((resolve) => {
    const socket = connect({ host: found[1], port, signal });
    const settle = (is: Sounding) => {
      resolve(is);
      socket.destroy();
    };
    socket.once("connect", () => settle(well));
    socket.once("error", (error) => settle(ill(connectionReason(error))));
  });
}
