import type { Config } from "../../config/config.ts";
import { checkEnvironmentFiles } from "../../config/load-environment.ts";
import { tracked } from "../../context/git.ts";
import type { Finding } from "../../report/doctor-view.ts";
import { problemWords } from "../../report/failures/problem.ts";
import type { Settings } from "../settings.ts";
import { readConfig, readSubject, type Subject } from "../subject.ts";
import { failed, okay, problem, warning } from "./finding.ts";

const room = "repository";

/** What the other checks need; null where the configuration or git is not sound. */
export type Basis = { config: Config | null; subject: Subject | null; findings: Finding[] };

/** The configuration and what git says of the checkout. */
export async function lookAtRepository(settings: Settings): Promise<Basis> {
  const config = await readConfig(settings);
  if (!config.ok) return { config: null, subject: null, findings: [...configFindings(config.failure)] };
  const subject = await readSubject(settings);
  const sound = okay(room, settings.config, `valid, app ${config.value.app}`);
  if (!subject.ok)
    return { config: config.value, subject: null, findings: [sound, failed(room, "git", subject.failure)] };
  const { version, ref, dirty } = subject.value.context;
  const git = dirty
    ? warning(
        room,
        "git",
        `${version} (${ref}), with changes that are not committed`,
        "commit or stash them: a changed working tree gets no version's tag",
      )
    : okay(room, "git", `${version} (${ref})`);
  return { config: config.value, subject: subject.value, findings: [sound, git] };
}

function configFindings(failure: Parameters<typeof failed>[2]): Finding[] {
  if (failure.kind !== "config-invalid") return [failed(room, "configuration", failure)];
  return failure.problems.map((one) => problem(room, failure.file, problemWords(one), one.remedy));
}

/** Every problem of the environment files, of all environments or of one. */
export async function lookAtEnvironmentFiles(
  { root }: Settings,
  config: Config,
  only: string | null,
): Promise<Finding[]> {
  const problems = await checkEnvironmentFiles(config, {
    directory: root,
    tracked: (directory, files) => tracked(directory, files, process.env),
    ...(only === null ? {} : { only }),
  });
  if (problems.length > 0)
    return problems.map((one) => problem(room, one.file, problemWords(one), one.remedy));
  const files = Object.values(config.environments).flatMap((one) => one.environmentFile ?? []);
  return [...new Set(files)].map((file) => okay(room, file, "sound"));
}
