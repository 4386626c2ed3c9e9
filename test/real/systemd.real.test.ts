import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deploymentContract } from "../contract/deployment.ts";
import { bootMachines, type Machines } from "./support/machines/machines.ts";
import { systemdRig } from "./support/machines/rig.ts";
import { switchesUnderLoad } from "./support/machines/switches.ts";

describe("one host, by a user who may only call its part", () => {
  let booted: Machines;
  beforeAll(async () => {
    booted = await bootMachines(["web-1"], "deploy");
  });
  afterAll(() => booted?.close());
  deploymentContract("a host by ssh", () => systemdRig(booted, "deploy"));

  test("B14: 100 switches under 50 clients with kept connections, GET and POST, lose no request", async () => {
    const rig = await systemdRig(booted, "deploy");
    const { answers, failures } = await switchesUnderLoad(rig, booted.machines[0]?.address ?? "", 100);
    await rig.close();
    expect(failures).toEqual([]);
    expect(answers).toBeGreaterThan(1_000);
  });
});

describe("a fleet of three", () => {
  let booted: Machines;
  beforeAll(async () => {
    booted = await bootMachines(["web-1", "web-2", "web-3"]);
  });
  afterAll(() => booted?.close());
  deploymentContract("a fleet by ssh", () => systemdRig(booted));
});
