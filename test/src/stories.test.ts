import { expect, test } from "vitest";
import type { Bellwether } from "../../pipeline/src/index.ts";
import { engine } from "../support/fake-engine.ts";
import { storyOf } from "../support/story.ts";
import { call, withToken } from "./module-call.ts";

type Call = (bellwether: Bellwether) => Promise<unknown>;

const calls: Record<string, Call> = {
  plan: (bellwether) => bellwether.plan(),
  lint: (bellwether) => bellwether.lint(),
  "security-scan": (bellwether) => bellwether.securityScan(),
  "security-scan-of-a-change": (bellwether) => bellwether.securityScan("main"),
  "unit-test": (bellwether) => bellwether.unitTest(),
  "integration-test": (bellwether) => bellwether.integrationTest(),
  check: (bellwether) => bellwether.check(),
  report: async (bellwether) => (await bellwether.report()).entries(),
  build: async (bellwether) => (await bellwether.build("api")).size(),
  "build-by-dockerfile": async (bellwether) => (await bellwether.build("gateway")).size(),
  sbom: async (bellwether) => (await bellwether.sbom("api")).size(),
  image: async (bellwether) => (await bellwether.image("linux/arm64" as never, "api")).entrypoint(),
  publish: (bellwether) => bellwether.publish(),
  service: async (bellwether) => (await bellwether.service("api")).endpoint(),
};

/** Queries that hold a secret's value and do not make the secret (B50). */
function spilt(raw: string[]): string[] {
  const making = /setSecret\s*\([^)]*plaintext: "([^"]+)"/g;
  const values = new Set(raw.flatMap((query) => [...query.matchAll(making)].map(([, value]) => value ?? "")));
  return raw.filter((query) => {
    const rest = query.replaceAll(making, "");
    return [...values].some((value) => value !== "" && rest.includes(value));
  });
}

test.each(Object.entries(calls))("the queries of %s are its story", async (name, made) => {
  const variables = ["NPM_CONFIG_REGISTRY=https://npm.example"];
  const { queries, raw, error } = await call(engine(), (client) => made(withToken(client, { variables })));
  expect(error).toBe("");
  expect(spilt(raw)).toEqual([]);
  await expect(storyOf(queries)).toMatchFileSnapshot(`stories/${name}.txt`);
});
