import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { ScanDocument } from "../evidence.ts";
import { listCheckout, listTree } from "../executors/host/cache/listing.ts";
import { baseEnvironment } from "../executors/host/environment.ts";
import { foundLines } from "../findings/found-lines.ts";
import { writeFileAtomic } from "../io/files.ts";
import { ok } from "../result.ts";
import { type Desk, openDesk } from "./desk.ts";
import { type SecretOptions, scanSecrets } from "./scan/secrets.ts";
import { scanVulnerabilities } from "./scan/vulnerabilities.ts";
import type { Settings } from "./settings.ts";
import { answer, say, tellFailure } from "./terminal.ts";

export type ScanOptions = {
  out?: string;
  scanner?: string[];
  exclude?: string[];
  base?: string;
  /** Everything below the root, where no git says what belongs to the checkout. */
  allFiles?: boolean;
};

/** Exit code of a scan that could not look at everything (EX_TEMPFAIL of sysexits.h). */
const incompleteExit = 75;

/** Scans the checkout and writes what was found; 0 where everything was looked at, whatever was found, else 75. */
export async function scan(
  settings: Settings,
  kind: ScanDocument["kind"],
  options: ScanOptions,
): Promise<number> {
  const { root } = settings;
  const desk = openDesk();
  try {
    const odd: string[] = [];
    const listed = options.allFiles
      ? ok(listTree(root))
      : await listCheckout(root, baseEnvironment(desk.variables), (written) => void odd.push(written));
    if (!listed.ok) return tellFailure({ kind: "git-failed", directory: root, reason: listed.failure });
    const document = await scanned(desk, root, { listed: listed.value, odd }, kind, options);
    if (options.out !== undefined) {
      const file = resolve(root, options.out);
      await mkdir(dirname(file), { recursive: true });
      await writeFileAtomic(file, `${JSON.stringify(document, null, 2)}\n`, { durable: false });
    }
    if (settings.json) answer(document);
    say(settings.json, words(document));
    return document.scan.complete ? 0 : incompleteExit;
  } finally {
    await desk.close();
  }
}

function scanned(
  desk: Desk,
  root: string,
  { listed, odd }: { listed: string[]; odd: string[] },
  kind: ScanDocument["kind"],
  { scanner = [], exclude = [], base }: ScanOptions,
): Promise<ScanDocument> {
  if (kind === "vulnerabilities") return scanVulnerabilities(desk, root, listed, scanner);
  const options = { scanner: nameOf(scanner[0]), exclude, base: base ?? null };
  return scanSecrets(desk, root, { listed, odd }, options);
}

const names = ["auto", "built-in", "gitleaks", "trufflehog"] as const;

const nameOf = (written = "auto"): SecretOptions["scanner"] =>
  names.find((name) => name === written) ?? "auto";

function words({ kind, scan, findings }: ScanDocument): string[] {
  const by = scan.tools.map(({ name }) => name).join(", ");
  const what = kind === "secrets" ? "files" : "packages";
  return [
    `${findings.length} found in ${scan.looked} ${what}${by === "" ? "" : ` by ${by}`}`,
    ...foundLines(findings).map((line) => `  ${line}`),
    ...scan.reasons.map((reason) => `  not complete: ${reason}`),
  ];
}
