import { expect, test } from "vitest";
import { configOf, lineOf, problemsIn } from "./support.ts";

const approvalOf = (written: string) =>
  configOf(`app: a
components: { api: { artifact: dist, command: node x.js } }
images: { api: { repository: registry.example/a } }
environments: { production: { approval: ${written} } }
`).environments.production?.approval;

test("an approval has its defaults: one person, a day, and on the local target no four eyes", () => {
  expect(approvalOf("{}")).toEqual({
    required: 1,
    fourEyes: false,
    expiresMs: 86_400_000,
    signers: null,
    github: "production",
    recorded: true,
  });
});

test("every key of an approval can be written", () => {
  expect(approvalOf("{ required: 2, four-eyes: true, expires: 4h, signers: .bellwether-signers }")).toEqual({
    required: 2,
    fourEyes: true,
    expiresMs: 14_400_000,
    signers: ".bellwether-signers",
    github: null,
    recorded: false,
  });
});

test.each([
  ["{ four-eyes: yes }", "got yes, expected true or false"],
  ["{ signers: ../signers }", "got ../signers, expected a path inside the repository, relative to its root"],
  [
    "{ signers: /etc/signers }",
    "got /etc/signers, expected a path inside the repository, relative to its root",
  ],
  ["{ expires: 0s }", "got 0s, expected a duration above zero such as 30s, 5m or 100ms, at most 24d"],
])("an approval written as %s is refused", (written, told) => {
  const text = `app: a
components: { api: { artifact: dist, command: node x.js } }
images: { api: { repository: registry.example/a } }
environments: { production: { approval: ${written} } }
`;
  expect(problemsIn(text).map(lineOf).join()).toContain(told);
});
