import { executorContract } from "../../contract/executor.ts";
import { createCheckout } from "./support/bench.ts";

executorContract("the host executor", {
  image: "debian:bookworm-slim",
  postgres: "postgres:18",
  make: async (files, secrets) => {
    const checkout = createCheckout(files);
    const first = checkout.begin({ secrets });
    const all = [first];
    return {
      executor: first.executor,
      again: async () => {
        // A run closes its executor: what it kept is there for the next one.
        await all.at(-1)?.close();
        const next = checkout.begin({ secrets });
        all.push(next);
        return next.executor;
      },
      close: async () => {
        await all.at(-1)?.close();
        await checkout.remove();
      },
    };
  },
});
