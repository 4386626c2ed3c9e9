import { expect, test } from "vitest";
import { hostNginxConfiguration } from "../../../pipeline/routers/nginx/host-config.ts";
import { nginxOnHost } from "../../../pipeline/routers/nginx/on-host.ts";

test("what never changes is one text; weights come from the file that the host's part writes", () => {
  const text = hostNginxConfiguration({
    port: 8080,
    runtime: "/run/quotes-router/admin.sock",
    directory: "/opt/quotes/router",
  });
  expect(text).toContain("    include /opt/quotes/router/releases.conf;\n");
  expect(text).toContain("        listen 8080;\n");
  expect(text).toContain("        access_log /opt/quotes/router/access.log releases if=$measured;\n");
  expect(text).toContain("worker_processes 1;\n");
});

test.each([
  ["1.22.1", true, false],
  ["1.27.3", true, false],
  ["1.27.4", true, true],
  ["1.31.0", true, true],
  ["", true, false],
  ["1.22.1", false, true],
])("nginx %s where a request may not be lost (%s): taken %s", (version, promised, taken) => {
  expect(nginxOnHost.unfit(version, promised) === null).toBe(taken);
});
