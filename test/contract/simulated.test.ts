import { sampleRelease } from "../support/sample-release.ts";
import { SimulatedTarget } from "../support/simulated-target.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { deploymentContract } from "./deployment.ts";

/** Time passes by itself here: nobody drives it from outside. */
deploymentContract("the simulated target", async () => {
  const clock = new VirtualClock();
  const target = new SimulatedTarget(clock, 0);
  target.behaviours.set("1.0.0", { migration: { exitCode: 3, log: [] } });
  let passing = true;
  const time = (async () => {
    while (passing) await clock.runUntil(clock.sleep(1), () => !passing);
  })();
  return {
    releases: [sampleRelease("1.0.0"), sampleRelease("1.1.0")],
    exitsWith3: "exit 3",
    open: async () => target.open(),
    lose: (engine) => engine.close(),
    load: async (count) => target.arrive(count),
    wait: (ms) => clock.sleep(ms),
    close: async () => {
      passing = false;
      await time;
    },
  };
});
