import { below, type CheckoutFacts, registryAccess, type ToolchainDefaults } from "./toolchain-defaults.ts";
import { rustImage } from "./toolchain-images.ts";

/** Rust by cargo. The target directory stays between runs; cargo itself knows what of it is stale. */
export function rustDefaults(directory: string, range: string, facts: CheckoutFacts): ToolchainDefaults {
  const at = below(directory);
  const locked = facts.has(at("Cargo.lock"));
  return {
    image: rustImage(range),
    probe: ["cargo", "--version"],
    setup: locked ? ["cargo fetch --locked"] : [],
    inputs: locked ? ["Cargo.lock", "**/Cargo.toml", "rust-toolchain*", ".cargo/**"].map(at) : [],
    outputs: [],
    caches: [at("target"), "~/.cargo/registry", "~/.cargo/git"],
    path: [],
    environment: {},
    pass: { steps: ["CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"], setup: registryAccess },
  };
}
