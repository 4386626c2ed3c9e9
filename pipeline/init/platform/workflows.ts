import { isTable, type Repository, type Table, tableAt, textOf, yamlAt } from "../repository.ts";
import { type Composed, serverOf } from "./compose.ts";

/** Servers beside jobs of GitHub's workflows, and the variables of those jobs by which the tests find them. */
export type Beside = Pick<Composed, "servers" | "others"> & { variables: [name: string, value: string][] };

export function besideJobs(repository: Repository): Beside {
  const found: Beside = { servers: [], others: [], variables: [] };
  for (const path of repository.files.filter((each) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(each))) {
    const workflow = yamlAt(repository, path);
    for (const job of Object.values(tableAt(workflow, "jobs"))) {
      const services = Object.entries(tableAt(job, "services"));
      if (!isTable(job) || services.length === 0) continue;
      for (const [name, written] of services)
        if (isTable(written)) add(found, repository, path, name, written);
      const steps = Array.isArray(job.steps) ? job.steps : [];
      for (const each of [workflow, job, ...steps]) found.variables.push(...variablesOf(each));
    }
  }
  return found;
}

function add(found: Beside, repository: Repository, path: string, name: string, written: Table): void {
  const image = plain(textOf(written.image) ?? "");
  const environment = Object.fromEntries(variablesOf(written));
  const server = serverOf(repository, name, { image, environment }, path);
  if (server !== null) found.servers.push(server);
  else if (image !== "" && !found.others.some((each) => each.name === name))
    found.others.push({ name, image });
}

const variablesOf = (written: unknown): [string, string][] =>
  Object.entries(tableAt(written, "env")).map(([name, value]) => [name, plain(String(value ?? ""))]);

/** An expression as the text that stands in it where nothing is set (`secrets.USER || 'postgres'`); else nothing at all. */
function plain(text: string): string {
  const given = /'([^']*)'\s*$/;
  const expression = /\$\{\{(.*?)\}\}/g;
  if ([...text.matchAll(expression)].some(([, inner = ""]) => !given.test(inner))) return "";
  return text.replaceAll(expression, (_whole, inner: string) => given.exec(inner)?.[1] ?? "");
}

/** The compose files' servers, and those of the workflows of kinds that no compose file has. */
export function withJobs(composed: Composed, { servers, others }: Beside): Composed {
  const all = [...composed.servers];
  for (const server of servers) if (!all.some(({ kind }) => kind === server.kind)) all.push(server);
  const known = new Set([...composed.others, ...composed.built].map(({ name }) => name));
  return {
    ...composed,
    servers: all,
    others: [...composed.others, ...others.filter(({ name }) => !known.has(name))],
  };
}
