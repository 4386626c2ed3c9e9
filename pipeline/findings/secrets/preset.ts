import { lintSource } from "@secretlint/core";
import { secretLintProfiler } from "@secretlint/profiler";
import { creator, rules } from "@secretlint/secretlint-rule-preset-recommend";
import type { Spot } from "./spot.ts";

/** All of secretlint's recommended rules but the one by whose comments they are silenced without a reason. */
const kept: typeof creator = {
  ...creator,
  create(context) {
    for (const rule of rules.filter(({ meta }) => !meta.id.endsWith("filter-comments")))
      context.registerRule(rule);
  },
};

const config = { rules: [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: kept }] };

/**
 * Makes the finder of what secretlint's recommended rules know. Its profiler keeps every mark of every file and looks
 * through all of them at each: over thousands of files that takes a minute, where the rules take a second. So the
 * finder has it keep none.
 */
export function createPreset(): (path: string, text: string) => Promise<Spot[]> {
  secretLintProfiler.mark = () => undefined;
  return presetSecrets;
}

async function presetSecrets(path: string, text: string): Promise<Spot[]> {
  const result = await lintSource({
    source: { filePath: path, content: text, ext: "", contentType: "text" },
    options: { config, noPhysicFilePath: true, maskSecrets: true },
  });
  return result.messages.map(({ ruleId, messageId, range }) => ({
    rule: `${ruleId.replace(/^@secretlint\/secretlint-rule-/, "")}-${messageId.toLowerCase()}`,
    kind: `a secret of the kind ${messageId}`,
    start: range[0],
    end: range[1],
  }));
}
