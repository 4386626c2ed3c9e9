import { posix } from "node:path";
import type { Config } from "../../config/config.ts";
import { linterOf } from "../../config/linters.ts";
import type { HermeticStep } from "../../plan/plan.ts";
import { fail, ok, type Result } from "../../result.ts";

/** Images of what Bellwether itself brings into an engine; each can be replaced like any other. */
export const ownImages = {
  /** Runs this program: Node that reads TypeScript as it is. */
  program: "node:24-slim",
  /** The same with git and ssh, for what speaks with hosts or reads history. */
  tools: "node:24",
  git: "alpine/git:2.47.2",
  /** Its /bin/busybox is one static file: it waits for components in any image. */
  wait: "busybox:1.37.0-musl",
  kubectl: "registry.k8s.io/kubectl:v1.31.4",
} as const;

/** A file of an image, copied into the one that runs ours. */
export type Binary = { image: string; from: string; to: string };

/** Scanners that come as one static file of an image, by their name in the config. */
export const scannerBinaries: Record<string, Binary> = {
  trivy: binary("aquasec/trivy:0.58.1", "/usr/local/bin/trivy"),
  "osv-scanner": binary("ghcr.io/google/osv-scanner:v1.9.1", "/osv-scanner"),
  trufflehog: binary("trufflesecurity/trufflehog:3.88.0", "/usr/bin/trufflehog"),
  gitleaks: binary("zricethezav/gitleaks:v8.21.2", "/usr/bin/gitleaks"),
};

function binary(image: string, from: string): Binary {
  return { image, from, to: `/usr/local/bin/${from.slice(from.lastIndexOf("/") + 1)}` };
}

/** Variables that lead rustup to another server than its own. */
export const rustupAccess = ["RUSTUP_DIST_SERVER", "RUSTUP_UPDATE_ROOT"];

/** What is run in an image before a step's files come in: the engine keeps it for all steps that ask for the same. */
export type Preparation = {
  /** Patterns of the files that it reads, found below `prepared`; they need not be there. */
  include: string[];
  args: string[];
};

/** Where the files of a preparation stand. */
export const prepared = "/.bellwether-prepared";

/** Installs the toolchain that the checkout asks for (older programs do it by `show`), then what is named. */
const rustup = [
  'cd "$1" 2>/dev/null || cd /; shift',
  "if [ -f rust-toolchain ] || [ -f rust-toolchain.toml ]; then",
  "  rustup toolchain install || rustup show active-toolchain || exit",
  "fi",
  '[ $# -eq 0 ] || rustup component add "$@"',
].join("\n");

/**
 * The official image of Rust holds one toolchain in rustup's minimal profile. Another one that the checkout asks for
 * would be fetched by each step anew, and linters need clippy and rustfmt, which come by name.
 */
export function preparation({ id, image, commands, directory }: HermeticStep): Preparation | null {
  if (!/^(docker\.io\/(library\/)?)?rust:/.test(image)) return null;
  const linters = commands.map(linterOf);
  const lints = id.startsWith("lint:") || linters.includes("clippy") || linters.includes("rustfmt");
  const place = posix.join(prepared, directory);
  return {
    include: [posix.join(directory, "rust-toolchain"), posix.join(directory, "rust-toolchain.toml")],
    args: ["sh", "-c", rustup, "prepare", place, ...(lints ? ["clippy", "rustfmt"] : [])],
  };
}

/** Whom scanners that fetch what they know trust: the image of Node has no list of its own. */
const authorities = "/etc/ssl/certs/ca-certificates.crt";

/** All that a scanner needs out of its image. */
export function scannerFiles(name: string): Binary[] {
  const found = scannerBinaries[name];
  if (found === undefined) return [];
  const fetches = name === "trivy" || name === "osv-scanner";
  return [found, ...(fetches ? [{ image: found.image, from: authorities, to: authorities }] : [])];
}

/** The address that a container comes from, by the one that the plan names. */
export type Addresses = (image: string) => string;

/** What was replaced comes from where it was replaced to; what is pinned comes by its digest. */
export const addressesOf =
  (replaced: Record<string, string>, pinned: Record<string, string>): Addresses =>
  (image) => {
    const used = replaced[image] ?? image;
    const digest = pinned[used];
    return digest === undefined ? used : `${used}@${digest}`;
  };

/** Every image that an engine may be asked to run for this configuration, sorted. */
export function containersOf({ toolchains, services, environments }: Config): string[] {
  const accessories = Object.values(environments).flatMap((each) => Object.values(each.accessories));
  const named = [...Object.values(toolchains), ...Object.values(services), ...accessories];
  const brought = [...Object.values(ownImages), ...Object.values(scannerBinaries).map(({ image }) => image)];
  return [...new Set([...named.map(({ image }) => image), plain, ...brought])].sort();
}

/** Of steps that name no toolchain. */
const plain = "debian:bookworm-slim";

/** Reads replacements as they are typed, WRITTEN=USED; one of an image that nobody asks for is a mistake. */
export function readReplacements(texts: string[], known: string[]): Result<Record<string, string>> {
  const replaced: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf("=");
    const [written, used] = [text.slice(0, at), text.slice(at + 1)];
    if (at <= 0 || used === "" || /\s/.test(text) || !known.includes(written))
      return fail({
        kind: "usage",
        got: `--images=${text}`,
        expected: `IMAGE=ADDRESS, where IMAGE is one of ${known.join(", ")}`,
        remedy: "Write for example --images=node:24-slim=registry.example/node:24-slim.",
      });
    replaced[written] = used;
  }
  return ok(replaced);
}
