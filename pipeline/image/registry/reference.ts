/** An image in a registry; of tag and digest at least one where it is to be found. */
export type Reference = {
  /** Host and port, as a person writes it. */
  registry: string;
  repository: string;
  tag: string | null;
  /** sha256:… */
  digest: string | null;
};

/** The registry of names without a host. */
const usualRegistry = "docker.io";

/** Where docker.io really answers. */
const usualHost = "registry-1.docker.io";

const form =
  /^(?<name>[a-z0-9][a-z0-9.-]*(?::\d+)?(?:\/[a-z0-9._-]+)*?)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

/**
 * Reads NAME[:TAG][@DIGEST]. As Docker does it: a first part with a dot or a port, or `localhost`, is the registry;
 * other names are docker.io's, those without a path below `library`. Null for what is none.
 */
export function parseReference(text: string): Reference | null {
  const parts = form.exec(text)?.groups;
  if (parts?.name === undefined) return null;
  const { tag = null, digest = null } = parts;
  const [first = "", ...rest] = parts.name.split("/");
  if (rest.length > 0 && /[.:]|^localhost$/.test(first))
    return { registry: first, repository: rest.join("/"), tag, digest };
  if (first.includes(":")) return null;
  const repository = rest.length === 0 ? `library/${first}` : parts.name;
  return { registry: usualRegistry, repository, tag, digest };
}

/** As it is told: with the digest where there is one. */
export const referenceText = ({ registry, repository, tag, digest }: Reference): string =>
  `${registry}/${repository}${tag === null ? "" : `:${tag}`}${digest === null ? "" : `@${digest}`}`;

/** Where a registry answers. Only the machine itself is spoken to without TLS, as Docker does it. */
export function registryUrl(registry: string): string {
  const host = registry === usualRegistry ? usualHost : registry;
  const plain = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);
  return `${plain ? "http" : "https"}://${host}`;
}
