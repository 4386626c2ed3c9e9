import { afterAll, beforeAll, describe } from "vitest";
import { deploymentContract } from "../contract/deployment.ts";
import { bootMachines, type Machines } from "./support/machines/machines.ts";
import { systemdRig } from "./support/machines/rig.ts";

describe("one host, by a user who may only call its part", () => {
  let booted: Machines;
  beforeAll(async () => {
    booted = await bootMachines(["web-1"], "deploy");
  });
  afterAll(() => booted?.close());
  deploymentContract("a host by ssh", () => systemdRig(booted, "deploy"));
});

describe("a fleet of three", () => {
  let booted: Machines;
  beforeAll(async () => {
    booted = await bootMachines(["web-1", "web-2", "web-3"]);
  });
  afterAll(() => booted?.close());
  deploymentContract("a fleet by ssh", () => systemdRig(booted));
});
