import { expect, test } from "vitest";
import { makeSystem } from "../support/system.ts";
test("try", async () => {
  const s = await makeSystem();
  const log = async (...a: string[]) => { const t=performance.now(); const d = await s.run(...a); console.log(a.join(" "), d.code, Math.round(performance.now()-t), "\n"+d.stdout, "\nERR", d.stderr); };
  try {
  await log("validate");
  await log("plan");
  await log("run","--event","push","--ref","develop");
  await s.release("v1.0.0");
  await log("run","--event","release","--ref","v1.0.0");
  await log("approve","production");
  await log("run","--event","release","--ref","v1.0.0");
  await log("status");
  await log("history");
  await log("logs", "production");
  await log("rollback", "production");
  await log("rollback", "production", "--to", "9.9.9");
  } finally { console.log(await s.close()); }
}, 120000);
