import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageSpec } from "../../config/config.ts";
import { readRepository } from "../../context/git.ts";
import type { Variables } from "../../context/git-process.ts";
import { listCheckout, listTree } from "../../executors/host/cache/listing.ts";
import { baseEnvironment } from "../../executors/host/environment.ts";
import { attach } from "../../image/about/attach.ts";
import { isLockFile, packagesIn } from "../../image/about/packages.ts";
import { provenanceOf, statementType } from "../../image/about/provenance.ts";
import { sbomOf, sbomType } from "../../image/about/sbom.ts";
import type { Descriptor } from "../../image/shapes.ts";
import { ok, type Result } from "../../result.ts";
import { toolVersion } from "../tool-version.ts";
import type { BasePlace } from "./base.ts";
import { type ImageWork, layoutOf } from "./work.ts";

/** Writes what an image is made of and how it was made beside it; gives notes of what could not be said. */
export async function describe(
  work: ImageWork,
  image: ImageSpec,
  entry: Descriptor,
  made: { base: BasePlace; key: string; startedAt: number; created: number },
): Promise<Result<string[]>> {
  const { config, context, root, desk } = work;
  const layout = layoutOf(work.state, image.name);
  const packages = packagesIn(await lockFiles(work));
  const notes: string[] = [];
  if (packages.ok) {
    const value = sbomOf({
      repository: image.repository,
      digest: entry.digest,
      packages: packages.value,
      created: made.created,
      tool: toolVersion,
    });
    const written = await attach(layout, entry, { type: sbomType, value, created: made.created }, desk.clock);
    if (!written.ok) return written;
  } else notes.push(`no list of what it is made of: ${packages.failure}`);
  const repository = await readRepository(root, desk.variables);
  const { base } = made;
  const value = provenanceOf({
    repository: image.repository,
    digest: entry.digest,
    source: (repository.ok ? repository.value.origin : null) ?? repositoryOf(desk.variables),
    ref: context.ref,
    revision: context.sha,
    dirty: context.dirty,
    config: config.digest,
    key: made.key,
    base: base.digest === null ? null : { name: base.name, digest: base.digest },
    builder: builderOf(desk.variables, work.listed === undefined ? "host" : "dagger"),
    tool: toolVersion,
    run: runOf(desk.variables),
    startedAt: made.startedAt,
    finishedAt: desk.clock.now(),
  });
  const written = await attach(
    layout,
    entry,
    { type: statementType, value, created: made.created },
    desk.clock,
  );
  return written.ok ? ok(notes) : written;
}

/** Texts of the lock files of the checkout, by path. */
async function lockFiles({ root, desk, listed: copy }: ImageWork): Promise<Record<string, string>> {
  const listed =
    copy === undefined ? await listCheckout(root, baseEnvironment(desk.variables)) : ok(listTree(copy));
  const found: Record<string, string> = {};
  for (const path of listed.ok ? listed.value.filter(isLockFile) : []) {
    const text = await readFile(join(root, path), "utf8").catch(() => null);
    if (text !== null) found[path] = text;
  }
  return found;
}

/** The workflow where one runs this (GitHub's documented variables), else this program on a machine of its own. */
const builderOf = ({ GITHUB_SERVER_URL, GITHUB_WORKFLOW_REF }: Variables, executor: string): string =>
  GITHUB_SERVER_URL && GITHUB_WORKFLOW_REF
    ? `${GITHUB_SERVER_URL}/${GITHUB_WORKFLOW_REF}`
    : `urn:bellwether:${executor}`;

/** Where a workflow's sources are, for a copy of them that knows no git. */
const repositoryOf = ({ GITHUB_SERVER_URL, GITHUB_REPOSITORY }: Variables): string | null =>
  GITHUB_SERVER_URL && GITHUB_REPOSITORY ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}` : null;

const runOf = ({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID }: Variables): string | null =>
  GITHUB_SERVER_URL && GITHUB_REPOSITORY && GITHUB_RUN_ID
    ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`
    : null;
