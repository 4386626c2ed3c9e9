import * as checks from "./rules-checks.ts";
import * as components from "./rules-components.ts";
import * as environments from "./rules-environments.ts";
import * as names from "./rules-names.ts";
import * as paths from "./rules-paths.ts";
import * as references from "./rules-references.ts";
import type { Rule } from "./rules-types.ts";

/** What must hold between the parts of a config; the schema has seen to each part by itself. */
export const rules: readonly Rule[] = [
  names.toolchainsAreKnown,
  names.servicesAreKnown,
  names.secretsAreKnown,
  names.componentsAreKnown,
  names.environmentsAreKnown,
  names.accessoriesAreKnown,
  paths.pathsStayInside,
  references.referencesAreKnown,
  checks.toolchainsHaveImages,
  checks.serversHaveAKind,
  checks.variablesOfServicesDiffer,
  components.startOrderHasNoCycle,
  components.probesHaveAPort,
  components.oneImageAComponent,
  components.basesAreAtHand,
  components.secretsAreNotWrittenOut,
  environments.namesAreFree,
  environments.extendsHasNoCycle,
  environments.promotionHasNoCycle,
  environments.weightsRiseToAll,
  environments.limitsLeaveTimeToHold,
  environments.thresholdsRise,
  environments.localPortsDiffer,
  environments.approvalsHaveAnImage,
  environments.smokeAsksSomething,
];
