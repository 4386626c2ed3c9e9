import { areUsual } from "./platform/connections.ts";
import type { Table } from "./repository.ts";
import type { Survey } from "./survey.ts";

export type ServiceDrafts = {
  services: Table;
  accessories: Table;
  /** Variables of a check that are made of several facts. */
  forChecks: Record<string, string>;
  forComponents: Record<string, string>;
};

/** The servers that were found, for tests and for environments, under the names that the project knows them by. */
export function draftServices(
  { composed, connections }: Survey,
  notes: Record<string, string>,
): ServiceDrafts {
  const drafts: ServiceDrafts = { services: {}, accessories: {}, forChecks: {}, forComponents: {} };
  for (const server of composed.servers) {
    const { kind, image, where } = server;
    const own = connections.filter((each) => each.server === server.name);
    const plain = own.filter(({ fact }) => !fact.includes("$"));
    const version = server.major === null ? {} : { version: `>=${server.major}` };
    const named = {
      ...version,
      ...(kind === "postgres" && server.database ? { database: server.database } : {}),
      ...(kind === "postgres" && server.user ? { user: server.user } : {}),
    };
    drafts.services[kind] = {
      ...named,
      ...(server.init.length > 0 ? { init: server.init } : {}),
      ...(plain.length > 0 && !areUsual(kind, own)
        ? { env: Object.fromEntries(plain.map(({ variable, fact }) => [variable, fact])) }
        : {}),
    };
    // A job's server is for its tests: nobody said that what serves has one.
    const served = !where.startsWith(".github/");
    if (served)
      drafts.accessories[kind] = { ...named, ...(server.init.length > 0 ? { init: server.init } : {}) };
    notes[`services.${kind}`] = `${image} in ${where}`;
    const variable = kind === "postgres" ? "DATABASE_URL" : "REDIS_URL";
    const usual = { variable, fact: "url", ofTests: false };
    const wanted = own.some(({ ofTests }) => !ofTests) ? own : [...own, usual];
    for (const { variable, fact, ofTests } of wanted) {
      const of = (room: string) =>
        fact.includes("$")
          ? fact.replaceAll(`SERVER.${server.name}`, `${room}.${kind}`)
          : `\${${room}.${kind}.${fact}}`;
      if (served && !ofTests) drafts.forComponents[variable] = of("accessories");
      if (fact.includes("$")) drafts.forChecks[variable] = of("services");
    }
  }
  return drafts;
}
