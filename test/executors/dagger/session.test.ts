import { expect, test } from "vitest";
import { joinSession } from "../../../pipeline/executors/dagger/session.ts";
import { Secret } from "../../../pipeline/secret.ts";
import { inSession } from "../../support/dagger-session.ts";

test("without a session containers are refused, with two ways to go on", async () => {
  const joined = await joinSession("/work/quotes", {}, {});
  expect(joined).toMatchObject({
    ok: false,
    failure: { kind: "unsupported", remedy: expect.stringMatching(/dagger run.*--executor host/) },
  });
});

test("in a session the checkout is the source, and secrets are the session's, until it is left", async () => {
  const queries = await inSession(
    () => ({ value: "" }),
    async (_client, recording) => {
      const given = { TOKEN: new Secret("TOKEN", "s3cret") };
      const joined = await joinSession("/work/quotes", given, process.env);
      if (!joined.ok) throw new Error(joined.failure.kind);
      const { client, source, secrets, checkout, end } = joined.value;
      expect(checkout).toBe("/work/quotes");
      await source.file("a").contents();
      const token = secrets.TOKEN;
      if (token === undefined) throw new Error("the secret is not there");
      await client.container().withSecretVariable("TOKEN", token).stdout();
      await end();
      return recording.queries;
    },
  );
  expect(queries).toEqual([
    'host.directory(path: "/work/quotes",exclude: ["**/node_modules","**/.git","**/.bellwether"]).file(path: "a").contents',
    'container.withSecretVariable(name: "TOKEN",secret: <setSecret(name: "TOKEN",plaintext: "s3cret")>).stdout',
  ]);
});
