import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeSystem } from "../support/system.ts";

const secret = `Xk9&mQ2<vT7>"it's"€-99`;
const inXml = secret
  .replaceAll("&", "&amp;")
  .replaceAll("<", "&lt;")
  .replaceAll(">", "&gt;")
  .replaceAll('"', "&quot;");
const inJson = secret.replaceAll(
  /[<>&'€]/g,
  (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
);

const junit = `<testsuite name="s"><testcase name="t"><failure message="401 for ${inXml}"><![CDATA[${secret.replace("vT7", "vT7]]><![CDATA[")}]]></failure></testcase></testsuite>`;
const sarif = `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"probe"}},"results":[{"ruleId":"leak","message":{"text":"uses ${inJson.replaceAll('"', '\\"')}"}}]}]}`;

const config = `app: small
secrets: { TOKEN: { from: file, path: vault/token } }
checks:
  lint: { probe: { run: "cp given/probe.sarif out.sarif", findings: { reader: sarif, file: out.sarif }, secrets: [TOKEN] } }
  unit: { run: "cp given/unit.xml unit.xml", reports: { junit: unit.xml }, secrets: [TOKEN] }
`;

/** What a person or a program reads back of the secret: neither its whole nor its start behind an escape. */
const shows = (text: string): boolean => text.includes("Xk9") || text.includes("vT7");

test("B50: a secret that a report escapes is shown nowhere: console, JSON, SARIF, page, kept reports", async () => {
  const system = await makeSystem({
    files: {
      "bellwether.yaml": config,
      ".gitignore": ".bellwether/\nvault/\n",
      "vault/token": secret,
      "given/unit.xml": junit,
      "given/probe.sarif": sarif,
    },
  });
  for (const _turn of ["run", "from the cache"]) {
    const done = await system.run("run");
    expect(done.stdout).toContain("401 for ***");
    expect(shows(done.stdout + done.stderr)).toBe(false);
    const reports = join(system.state, "reports");
    const files = await readdir(reports, { recursive: true, withFileTypes: true });
    const kept = files.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    expect(kept.some((file) => file.endsWith(".sarif"))).toBe(true);
    for (const file of kept) expect([file, shows(await readFile(file, "utf8"))]).toEqual([file, false]);
  }
  expect(await system.close()).toEqual([]);
});
