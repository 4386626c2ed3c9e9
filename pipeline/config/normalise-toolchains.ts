import type { Toolchain } from "./config.ts";
import type { WrittenToolchain } from "./schema-checks.ts";
import { type CheckoutFacts, type ToolchainDefaults, unknownLanguage } from "./toolchain-defaults.ts";
import { nodeDefaults } from "./toolchain-node.ts";
import { pythonDefaults } from "./toolchain-python.ts";
import { rustDefaults } from "./toolchain-rust.ts";

/** What is written wins over what is known of the language; inputs and outputs are known of a known set-up alone. */
export function normaliseToolchain(name: string, written: WrittenToolchain, facts: CheckoutFacts): Toolchain {
  const directory = written.directory ?? ".";
  const known = defaultsOf(name, directory, written, facts);
  const setup = written.setup ?? known.setup;
  const own = setup.length > 0 ? known : { inputs: [], outputs: [] };
  return {
    name,
    version: written.version,
    image: written.image ?? known.image,
    probe: written.probe ?? known.probe,
    directory,
    setup,
    setupInputs: written.inputs ?? own.inputs,
    setupOutputs: written.outputs ?? own.outputs,
    setupPass: known.pass.setup,
    caches: written.caches ?? known.caches,
    passEnvironment: written["pass-environment"] ?? known.pass.steps,
    path: known.path,
    environment: known.environment,
  };
}

/** The language is the toolchain's name, or its kind where the name is another one. */
function defaultsOf(
  name: string,
  directory: string,
  written: WrittenToolchain,
  facts: CheckoutFacts,
): ToolchainDefaults {
  switch (written.kind ?? name) {
    case "node":
      return nodeDefaults(directory, written.version, facts);
    case "python":
      return pythonDefaults(directory, written, facts);
    case "rust":
      return rustDefaults(directory, written.version, facts);
    default:
      return unknownLanguage(name);
  }
}
