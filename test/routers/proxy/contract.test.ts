import { createProxy } from "../../../pipeline/routers/proxy/proxy.ts";
import { routerContract } from "../../contract/router.ts";

routerContract("the built-in proxy", {
  make: async () => {
    const router = createProxy();
    return { router, close: () => router.close(0) };
  },
  switches: { requests: 5_000, times: 20 },
  tolerance: 0,
});
