import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lookAtApprovals } from "../../pipeline/cli/doctor/approvals.ts";
import { sampleEnvironment } from "../support/sample-release.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "bellwether-doctor-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const found = async (required: number, signers: string | null, path = process.env.PATH ?? "") => {
  const approval = {
    required,
    expiresMs: 1_000,
    fourEyes: true,
    signers,
    github: null,
    recorded: signers === null,
  };
  const [one] = await lookAtApprovals(sampleEnvironment({ approval }), root, path);
  return `${one?.state}: ${one?.detail}`;
};

test("doctor counts the signers against the approvals that are asked for", async () => {
  const lines = [
    "# approvers",
    "",
    "ravi@x,ravi ssh-ed25519 AAAA1",
    "meera@x ssh-ed25519 AAAA2",
    "meera@x ssh-ed25519 AAAA3",
  ];
  await writeFile(join(root, "signers"), lines.join("\n"));
  expect(await found(3, null)).toBe("ok: 3 approvals, recorded without a signature");
  expect(await found(2, "signers")).toBe("ok: 2 approvals of 2 signers in signers");
  expect(await found(3, "signers")).toBe("problem: signers names 2 signers, and 3 approvals are asked for");
  expect(await found(1, "missing")).toBe("problem: missing cannot be read");
  expect(await found(1, "signers", root)).toBe("problem: ssh-keygen was not found");
  expect(await lookAtApprovals(sampleEnvironment({ approval: null }), root, "")).toEqual([]);
});
