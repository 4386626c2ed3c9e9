import type { Client, Container, Directory } from "@dagger.io/dagger";
import { registryAccess } from "../../config/toolchain-defaults.ts";
import { type Addresses, ownImages } from "./images.ts";

/** This very program, to be run in a container. */
export type Program = {
  directory: Directory;
  /** The program's argv, with the directory at /bellwether. */
  entry: string[];
  /** Whether its packages must be installed: a bundle holds them. */
  packages: boolean;
};

/** The module's own source: Node runs it without a build. `source` is the directory of its package.json. */
export const moduleProgram = (source: Directory): Program => ({
  directory: source,
  entry: ["node", `${home}/cli/main.ts`],
  packages: true,
});

const home = "/bellwether";

const manifests = ["package.json", "package-lock.json"];

/**
 * A container in which the program is ready. Its packages are a layer of their own, keyed by the lock: a change of the
 * program installs nothing anew.
 */
export function programContainer(
  { client, address, variables }: { client: Client; address: Addresses; variables: Record<string, string> },
  { directory, packages }: Program,
  image: string = ownImages.program,
): Container {
  const made = client.container().from(address(image));
  if (!packages) return made.withDirectory(home, directory);
  const leading = [...registryAccess, "NODE_EXTRA_CA_CERTS"];
  const registry = Object.entries(variables).filter(
    ([name]) => /^npm_config_/i.test(name) || leading.includes(name),
  );
  return registry
    .reduce((under, [name, value]) => under.withEnvVariable(name, value), made)
    .withMountedCache("/root/.npm", client.cacheVolume("bellwether-npm"))
    .withDirectory(home, directory.filter({ include: manifests }))
    .withWorkdir(home)
    .withExec(["npm", "ci", "--omit=dev", "--no-audit", "--no-fund"])
    .withDirectory(home, directory, { exclude: ["node_modules", "sdk"] });
}
