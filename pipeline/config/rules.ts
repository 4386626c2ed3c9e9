import * as analysis from "./rules-analysis.ts";
import * as checks from "./rules-checks.ts";
import * as components from "./rules-components.ts";
import * as environments from "./rules-environments.ts";
import * as health from "./rules-health.ts";
import * as images from "./rules-images.ts";
import * as names from "./rules-names.ts";
import * as paths from "./rules-paths.ts";
import * as references from "./rules-references.ts";
import * as strategy from "./rules-strategy.ts";
import * as target from "./rules-target.ts";
import type { Rule } from "./rules-types.ts";

/** What must hold between the parts of a config; the schema has seen to each part by itself. */
export const rules: readonly Rule[] = [
  names.toolchainsAreKnown,
  names.servicesAreKnown,
  names.secretsAreKnown,
  names.componentsAreKnown,
  names.environmentsAreKnown,
  paths.pathsStayInside,
  paths.outputsAreBelow,
  references.referencesAreKnown,
  checks.toolchainsHaveImages,
  checks.onlyPythonInstalls,
  checks.readersAreKnown,
  checks.thresholdsHaveAReport,
  checks.allowancesNameSomething,
  checks.serversHaveAKind,
  checks.variablesOfServicesDiffer,
  checks.componentsFindTheirServers,
  components.startOrderHasNoCycle,
  components.probesHaveAPort,
  components.oneImageAComponent,
  images.basesAreWellFormed,
  images.imagesAreMadeOfSomething,
  components.secretsAreNotWrittenOut,
  environments.namesAreFree,
  environments.extendsHasNoCycle,
  environments.promotionHasNoCycle,
  strategy.oneStrategyAnEnvironment,
  strategy.weightsRiseToAll,
  strategy.stepsLeadToAll,
  strategy.limitsLeaveTimeToHold,
  analysis.checksMeasureOneThing,
  analysis.holdsLeaveTimeToMeasure,
  health.thresholdsRise,
  health.checksAskOneThing,
  health.gatesAskOneThing,
  health.valuesAreKnown,
  health.passwordsAreNotWrittenOut,
  environments.localPortsDiffer,
  target.rolesHaveTheComponents,
  target.hostsBringTheirOwnServers,
  target.hostPortsAreApart,
  environments.approvalsHaveAnImage,
  environments.smokeAsksSomething,
];
