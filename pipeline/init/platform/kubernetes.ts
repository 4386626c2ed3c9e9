import { parseAllDocuments } from "yaml";
import { isTable, type Repository, type Table, tableAt, textOf } from "../repository.ts";

/** What the manifests say of one container. */
export type Deployed = {
  name: string;
  image: string;
  port: number | null;
  health: { live?: string; ready?: string; startup?: string };
};

export type Manifests = { files: string[]; deployed: Deployed[] };

/** Manifests by what is in them, wherever they lie; templates of charts are not read. */
export function manifestsOf(repository: Repository): Manifests {
  const found: Manifests = { files: [], deployed: [] };
  for (const path of repository.files.filter(
    (each) => /\.ya?ml$/.test(each) && !each.includes("/templates/"),
  )) {
    const text = repository.text(path) ?? "";
    if (!/^kind:\s/m.test(text) || !/^apiVersion:\s/m.test(text)) continue;
    found.files.push(path);
    for (const document of parseAllDocuments(text, { logLevel: "silent" })) {
      if (document.errors.length > 0) continue;
      const containers = tableAt(document.toJS(), "spec", "template", "spec").containers;
      for (const container of Array.isArray(containers) ? containers : [])
        if (isTable(container)) found.deployed.push(deployedOf(container));
    }
  }
  return found;
}

function deployedOf(container: Table): Deployed {
  const [first] = Array.isArray(container.ports) ? container.ports : [];
  const port = isTable(first) && typeof first.containerPort === "number" ? first.containerPort : null;
  const path = (probe: string) => textOf(tableAt(container, probe, "httpGet").path);
  const [live, ready, startup] = [path("livenessProbe"), path("readinessProbe"), path("startupProbe")];
  return {
    name: textOf(container.name) ?? "",
    image: textOf(container.image) ?? "",
    port,
    health: {
      ...(live === null ? {} : { live }),
      ...(ready === null ? {} : { ready }),
      ...(startup === null ? {} : { startup }),
    },
  };
}
