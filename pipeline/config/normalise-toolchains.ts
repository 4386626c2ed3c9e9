import type { Command, Toolchain } from "./config.ts";
import type { WrittenToolchain } from "./schema-checks.ts";

/** Facts about the checkout that the defaults depend on. `has` takes a path relative to the repository's root. */
export type CheckoutFacts = { has(path: string): boolean };

/** Container image of the node toolchain where none is written. */
const nodeImage = "node:24-slim";

type SetUp = { commands: Command[]; inputs: string[]; outputs: string[] };

/** Node with a package-lock.json needs no more than its version; any other toolchain is what its keys say. */
export function normaliseToolchain(name: string, written: WrittenToolchain, facts: CheckoutFacts): Toolchain {
  const directory = written.directory ?? ".";
  const known = name === "node" ? npm(directory, facts) : { commands: [], inputs: [], outputs: [] };
  const setup = written.setup ?? known.commands;
  const used = setup.length > 0 ? known : { inputs: [], outputs: [] };
  return {
    name,
    version: written.version,
    image: written.image ?? (name === "node" ? nodeImage : ""),
    probe: written.probe ?? [name, "--version"],
    directory,
    setup,
    setupInputs: written.inputs ?? used.inputs,
    setupOutputs: written.outputs ?? used.outputs,
    caches: written.caches ?? [],
    passEnvironment: written["pass-environment"] ?? [],
  };
}

function npm(directory: string, facts: CheckoutFacts): SetUp {
  const at = (file: string) => (directory === "." ? file : `${directory.replace(/\/+$/, "")}/${file}`);
  if (!facts.has(at("package-lock.json"))) return { commands: [], inputs: [], outputs: [] };
  const settings = facts.has(at(".npmrc")) ? [at(".npmrc")] : [];
  return {
    commands: ["npm ci"],
    inputs: [at("package.json"), at("package-lock.json"), ...settings],
    outputs: [at("node_modules")],
  };
}
