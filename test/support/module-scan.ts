import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

type Named = { name: string; description: string };
type Argument = Named & {
  isOptional: boolean;
  defaultValue?: unknown;
  defaultPath?: string;
  ignore?: string[];
};
type Method = Named & { arguments: Record<string, Argument>; returnType: Returned };
export type Returned = { kind: string; name?: string };
export type Scanned = {
  description: string;
  objects: Record<
    string,
    { constructor: Method; methods: Record<string, Method>; properties: Record<string, Named> }
  >;
  enums: Record<string, { values: Record<string, Named> }>;
};
type Scanner = { scan(files: string[], module: string, load: boolean): Promise<object> };

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The engine's types, which the scanner knows by their names. */
const types = ["Container", "Directory", "File", "GitRepository", "Secret", "Service"]
  .map((name) => `export declare class ${name} {}\n`)
  .concat("export type Platform = string & { __Platform: never };\n")
  .join("");

/**
 * The module as the engine's runtime sees it. The scanner that it uses is in its client's package, though not among its
 * exports. It sees a copy of src, with a stand-in for the client: reading the real one's types takes seconds.
 */
export async function scanModule(): Promise<Scanned> {
  const directory = mkdtempSync(join(tmpdir(), "bellwether-scan-"));
  try {
    const client = join(directory, "node_modules/@dagger.io/dagger");
    mkdirSync(client, { recursive: true });
    writeFileSync(join(client, "package.json"), '{ "types": "index.d.ts" }');
    writeFileSync(join(client, "index.d.ts"), types);
    cpSync(at("pipeline/src"), join(directory, "src"), { recursive: true });
    writeFileSync(join(directory, "src/client.gen.ts"), types);
    const scanner: Scanner = await import(
      /* @vite-ignore */ at("node_modules/@dagger.io/dagger/dist/src/module/introspector/index.js")
    );
    const files = readdirSync(join(directory, "src")).map((name) => join(directory, "src", name));
    return JSON.parse(JSON.stringify(await scanner.scan(files, "bellwether", false)));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
