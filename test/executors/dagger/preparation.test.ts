import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { preparation } from "../../../pipeline/executors/dagger/images.ts";
import { step } from "./step.ts";

const places: string[] = [];
afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true });
});

/** Runs a preparation with a rustup that notes where it is called and how, and fails by what is named. */
function prepared(id: string, toolchain: boolean, fails = "nothing") {
  const place = mkdtempSync(join(tmpdir(), "bellwether-prepare-"));
  places.push(place);
  if (toolchain) writeFileSync(join(place, "rust-toolchain.toml"), '[toolchain]\nchannel = "1.80"\n');
  const rustup = `#!/bin/sh\necho "$*" >> ${place}/called\n[ "$PWD" = ${place} ] || exit 7\ncase "$*" in ${fails}*) exit 1 ;; esac\n`;
  writeFileSync(join(place, "rustup"), rustup, { mode: 0o755 });
  const made = preparation(step({ id, image: "rust:1", commands: ["make"] }));
  if (made === null) throw new Error("there is no preparation");
  const [program = "", ...args] = made.args.map((each) => (each === "/.bellwether-prepared" ? place : each));
  const environment = { PATH: `${place}:/usr/bin:/bin` };
  const { status } = spawnSync(program, args, { env: environment, timeout: 10_000 });
  const called = spawnSync("test", ["-f", join(place, "called")]).status === 0;
  return { status, called: called ? readFileSync(join(place, "called"), "utf8").trim().split("\n") : [] };
}

test("without a toolchain of its own the checkout's linters get their components, other steps nothing", () => {
  expect(prepared("lint:all", false)).toEqual({ status: 0, called: ["component add clippy rustfmt"] });
  expect(prepared("unit:all", false)).toEqual({ status: 0, called: [] });
});

test("the toolchain that the checkout asks for is installed first, and the components are added to that", () => {
  expect(prepared("lint:all", true)).toEqual({
    status: 0,
    called: ["toolchain install", "component add clippy rustfmt"],
  });
  expect(prepared("unit:all", true)).toEqual({ status: 0, called: ["toolchain install"] });
});

test("an older rustup installs it by showing it; one that can do neither ends the preparation", () => {
  expect(prepared("unit:all", true, "toolchain")).toEqual({
    status: 0,
    called: ["toolchain install", "show active-toolchain"],
  });
  expect(prepared("lint:all", true, "toolchain*|show").status).toBe(1);
  expect(prepared("lint:all", false, "component").status).toBe(1);
});
