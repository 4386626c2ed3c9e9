import type { CheckDraft } from "../part.ts";
import type { Surroundings } from "./surroundings.ts";

const ofTests = /^(?!(.*\/)?tests?\/)(.*\/)?(settings\/(tests?|testing)|settings_tests?)\.py$/;

/** Django's own runner, with the settings that are named after tests where there are some. */
export function djangoTests(files: string[], { say }: Surroundings): CheckDraft {
  const tests = files.filter((path) => /(^|\/)test[^/]*\.py$/.test(path) && !ofTests.test(path));
  const [settings, ...others] = files.filter((path) => ofTests.test(path));
  if (settings === undefined || others.length > 0) return { run: "python manage.py test", tests };
  const module = settings.replace(/\.py$/, "").replaceAll("/", ".");
  say({ kind: "guessed", what: `Django's tests have the settings ${module}`, because: "its name says so" });
  return { run: `python manage.py test --settings=${module}`, tests };
}
