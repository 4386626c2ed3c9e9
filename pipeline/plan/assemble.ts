import type { Config, Environment } from "../config/config.ts";
import type { Context } from "../context/context.ts";
import { absentApproval, approval, approvalId } from "../stages/approval.ts";
import { absentEnvironment, environmentStage } from "../stages/environment.ts";
import { image } from "../stages/image.ts";
import { integrationTest } from "../stages/integration-test.ts";
import { lint } from "../stages/lint.ts";
import { securityScan } from "../stages/security-scan.ts";
import { unitTest } from "../stages/unit-test.ts";
import { notAskedFor, type Stage } from "./plan.ts";
import { type Due, environmentDue } from "./triggers.ts";

/**
 * The table of contents: lint, security-scan, unit-test, integration-test, image, staging, other environments,
 * approval, production. `dues` says which environments are due.
 */
export function assemble(config: Config, context: Context, dues: Map<string, Due>): Stage[] {
  const { staging, production, ...others } = config.environments;
  const due = (environment: Environment): Due => dues.get(environment.name) ?? notAsked;
  return [
    lint(config),
    securityScan(config, context),
    unitTest(config),
    integrationTest(config),
    image(config, context),
    ...(staging ? withApproval(staging, due(staging)) : [absentEnvironment("staging", ["image"])]),
    ...Object.values(others).flatMap((each) => withApproval(each, due(each))),
    ...(production
      ? [approval(production, due(production)), environmentStage(production, due(production))]
      : [absentApproval, absentEnvironment("production", [absentApproval.id])]),
  ];
}

/** Environments by their triggers, and those that a due one promotes from. `asked` are names of stages. */
export function duesOf(config: Config, context: Context, asked: string[]): Map<string, Due> {
  const environments = Object.values(config.environments);
  const dues = new Map(
    environments.map((each) => [each.name, environmentDue(each, context, isAsked(each.name, asked))]),
  );
  const open = environments.filter((each) => dues.get(each.name)?.due);
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    const source = each.promoteFrom === null ? undefined : config.environments[each.promoteFrom];
    if (source === undefined || dues.get(source.name)?.due) continue;
    const reason = `${each.name} promotes from it; skipped where it has these digests already`;
    dues.set(source.name, { due: true, reason });
    open.push(source);
  }
  return dues;
}

/** An environment and, where it asks for one, its approval before it. */
const withApproval = (environment: Environment, due: Due): Stage[] => [
  ...(environment.approval === null ? [] : [approval(environment, due)]),
  environmentStage(environment, due),
];

const notAsked: Due = { due: false, reason: notAskedFor };

const isAsked = (name: string, asked: string[]): boolean =>
  asked.includes(name) || asked.includes(approvalId(name));
