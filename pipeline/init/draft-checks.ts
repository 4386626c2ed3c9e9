import type { ServiceDrafts } from "./draft-services.ts";
import { claim, joined, partNames } from "./names.ts";
import type { CheckDraft, Part } from "./part.ts";
import { at, type Table } from "./repository.ts";
import type { Survey } from "./survey.ts";

/** Lint, unit and integration of all parts; where there are several, each check says whose it is. */
export function draftChecks(survey: Survey, toolchains: Map<Part, string>, services: ServiceDrafts): Table {
  const { parts } = survey;
  const names = partNames(parts, toolchains);
  const nameOf = (part: Part): string => names.get(part) ?? part.language;
  const lint: Table = {};
  const taken = new Set<string>();
  for (const part of parts) {
    for (const [name, check] of Object.entries(part.lint)) {
      const shared = parts.some((other) => other !== part && name in other.lint);
      const own = joined(nameOf(part), name);
      lint[claim(taken, ...(shared ? [own] : [name, own]))] = written(check, part, {
        toolchains,
        services: null,
      });
    }
  }
  const stage = (key: "unit" | "integration") => {
    const own = parts.flatMap((part) => {
      const check = part[key];
      if (check === null) return [];
      const servers = needsServers(check, part, key, survey, services) ? services : null;
      return [[nameOf(part), written(check, part, { toolchains, services: servers })] as const];
    });
    if (own.length === 0) return {};
    return { [key]: parts.length === 1 ? own[0]?.[1] : Object.fromEntries(own) };
  };
  return { ...(Object.keys(lint).length > 0 ? { lint } : {}), ...stage("unit"), ...stage("integration") };
}

/** Integration tests have all servers; unit tests those that nothing else has, or that they mention themselves. */
function needsServers(
  check: CheckDraft,
  part: Part,
  key: "unit" | "integration",
  { connections, repository }: Survey,
  { services, forComponents }: ServiceDrafts,
): boolean {
  if (Object.keys(services).length === 0) return false;
  if (key === "integration") return true;
  const names = [...connections.map(({ variable }) => variable), ...Object.keys(forComponents)];
  const mentions = (path: string) => {
    const text = repository.text(at(part.directory, path)) ?? "";
    return names.some((name) => text.includes(name));
  };
  return (
    (check.tests ?? []).some(mentions) ||
    (part.integration === null && part.components.some(({ served }) => !served))
  );
}

type Setting = { toolchains: Map<Part, string>; services: ServiceDrafts | null };

function written(check: CheckDraft, part: Part, { toolchains, services }: Setting): Table | string {
  const { directory } = part;
  const { junit, coverage } = check.reports ?? {};
  const full: Table = {
    run: check.run,
    ...(toolchains.size > 1 ? { toolchains: [toolchains.get(part)] } : {}),
    ...(directory === "." ? {} : { directory, inputs: [at(directory, "**")] }),
    ...(services === null ? {} : { services: Object.keys(services.services) }),
    ...(services === null || Object.keys(services.forChecks).length === 0 ? {} : { env: services.forChecks }),
    ...(check.findings === undefined ? {} : { findings: check.findings }),
    ...(check.reports === undefined
      ? {}
      : {
          reports: {
            ...(junit === undefined ? {} : { junit: at(directory, junit) }),
            ...(coverage === undefined ? {} : { coverage: at(directory, coverage) }),
          },
        }),
  };
  return Object.keys(full).length === 1 ? check.run : full;
}
