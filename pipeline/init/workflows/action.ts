import { action } from "./actions.ts";
import type { Facts } from "./facts.ts";
import { dagger, expression, indented, made, toolPath } from "./parts.ts";

/** What every job does before its call and after it: one composite action, steps by its input `step`. */
export function actionFile(facts: Facts): string {
  const { tool, engine, images } = facts;
  const place = tool === null ? "." : toolPath;
  const before = ["begin", "setup"].map((step) => `inputs.step == '${step}'`).join(" || ");
  const steps: string[][] = [
    ...(tool === null
      ? []
      : [
          [
            "- name: The pipeline, at one commit",
            `  if: ${before}`,
            `  uses: ${action("actions/checkout")}`,
            `  with: { repository: ${tool.repository}, ref: ${tool.commit}, path: ${toolPath}, persist-credentials: false }`,
          ],
        ]),
    [
      "- name: Node",
      `  if: ${before}`,
      `  uses: ${action("actions/setup-node")}`,
      "  with: { node-version: 24, package-manager-cache: false }",
    ],
    [
      "- name: What the edges need",
      `  if: ${before}`,
      "  shell: bash",
      `  run: npm ci --prefix ${place}/pipeline --omit=dev --ignore-scripts --no-audit --no-fund`,
    ],
    [
      "- name: Dagger",
      "  if: inputs.step == 'begin'",
      `  uses: ${action("dagger/dagger-for-github")}`,
      `  with: { version: ${engine} }`,
    ],
    [
      "- name: Login",
      "  if: inputs.step == 'begin' && inputs.registry != ''",
      `  uses: ${action("docker/login-action")}`,
      `  with: { registry: "${expression("inputs.registry")}", username: "${expression("github.actor")}", password: "${expression("inputs.token")}" }`,
    ],
    [
      "- name: Verify what GitHub attested",
      "  if: inputs.step == 'begin' && inputs.images != '' && env.ATTESTATIONS != 'off'",
      "  shell: bash",
      "  run: |",
      '    IFS=, read -ra images <<< "$IMAGES"',
      '    for image in "${images[@]}"; do gh attestation verify "oci://$image" --repo "$GITHUB_REPOSITORY" --signer-workflow "${GITHUB_WORKFLOW_REF%@*}"; done',
      `  env: { IMAGES: "${expression("inputs.images")}", GH_TOKEN: "${expression("inputs.token")}" }`,
    ],
    [
      "- name: What was told",
      "  if: inputs.step == 'record'",
      "  continue-on-error: true # nothing was deployed, or its job never came to tell it",
      `  uses: ${action("actions/download-artifact")}`,
      `  with: { name: "rollouts-${expression("inputs.environment")}", path: "${expression("runner.temp")}/told/${expression("inputs.environment")}" }`,
    ],
    [
      "- name: Signed approvals that are attached to the release",
      "  if: inputs.step == 'begin' && inputs.approvals == 'true'",
      "  shell: bash",
      `  run: gh release download "$TAG" --repo "$GITHUB_REPOSITORY" --pattern 'approval-*.json' --dir "$TOLD/approvals" || echo "none is attached"`,
      `  env: { TAG: "${expression("github.event.release.tag_name")}", TOLD: "${expression("runner.temp")}/told", GH_TOKEN: "${expression("inputs.token")}" }`,
    ],
    [
      "- name: Edge",
      "  id: edge",
      "  if: inputs.step != 'setup'",
      "  shell: bash",
      `  run: node ${place}/scripts/github.ts "$STEP" "$ENVIRONMENT"`,
      "  env:",
      ...indented(
        [
          `STEP: ${expression("inputs.step")}`,
          `ENVIRONMENT: ${expression("inputs.environment")}`,
          `RESULT: ${expression("inputs.result")}`,
          `GITHUB_TOKEN: ${expression("inputs.token")}`,
          `BELLWETHER_TOLD: ${expression("runner.temp")}/told`,
          ...(facts.file === null ? [] : [`BELLWETHER_CONFIG: ${facts.file}`]),
        ],
        4,
      ),
    ],
    [
      "- name: Findings to code scanning",
      "  if: steps.edge.outputs.findings == 'true' && env.BELLWETHER_TRUSTED == 'true' && env.CODE_SCANNING != 'off'",
      `  uses: ${action("github/codeql-action/upload-sarif")}`,
      `  with: { sarif_file: "${expression("runner.temp")}/told/sarif" } # each file names its own category`,
    ],
    [
      "- name: Coverage to Codecov",
      "  if: steps.edge.outputs.coverage != '' && inputs.codecov-token != ''",
      `  uses: ${action("codecov/codecov-action")}`,
      `  with: { token: "${expression("inputs.codecov-token")}", files: "${expression("steps.edge.outputs.coverage")}", disable_search: true }`,
    ],
    [
      "- name: Attest the images",
      "  if: inputs.step == 'tell-images' && env.ATTESTATIONS != 'off'",
      `  uses: ${action("actions/attest")}`,
      `  with: { subject-checksums: "${expression("runner.temp")}/told/subjects.txt" }`,
    ],
    ...Object.entries(images).flatMap(([name, repository]) => sbomSteps(facts, name, repository)),
    [
      "- name: Keep what was told",
      "  if: startsWith(inputs.step, 'tell-') && steps.edge.outputs.artifact != ''",
      `  uses: ${action("actions/upload-artifact")}`,
      "  with:",
      ...indented(
        [
          `name: ${expression("steps.edge.outputs.artifact")}`,
          `path: ${expression("runner.temp")}/told`,
          "retention-days: 30",
          "overwrite: true",
          "if-no-files-found: ignore",
        ],
        4,
      ),
    ],
  ];
  return [
    made,
    "name: Bellwether",
    "description: What stands around every call of the pipeline, context before it and evidence after it.",
    "inputs:",
    '  step: { description: "setup, begin (which sets up, too), tell-checks, tell-images, tell-environment or record", required: true }',
    '  environment: { description: "The environment that the step is about", default: "" }',
    '  result: { description: "How the job ended that the page is told of", default: "" }',
    '  images: { description: "Addresses of images that must be attested, with commas between", default: "" }',
    '  approvals: { description: "Whether signed approvals are taken from the release", default: "" }',
    '  registry: { description: "Registry that the token opens", default: "" }',
    `  token: { description: "The job's token", default: "${expression("github.token")}" }`,
    '  codecov-token: { description: "Uploads coverage where it is there", default: "" }',
    "outputs:",
    ...["stages", "version", "images", "url"].map(
      (name) =>
        `  ${name}: { description: "The ${name}", value: "${expression(`steps.edge.outputs.${name}`)}" }`,
    ),
    "runs:",
    "  using: composite",
    "  steps:",
    ...indented(steps.flat(), 4),
    "",
  ].join("\n");
}

/** What an image is made of, and GitHub's word for it. */
function sbomSteps(facts: Facts, name: string, repository: string): string[][] {
  const file = `${expression("runner.temp")}/told/sbom/${name}.json`;
  const when = "  if: inputs.step == 'tell-images' && env.ATTESTATIONS != 'off'";
  return [
    [
      `- name: What ${name} is made of`,
      when,
      "  shell: bash",
      `  run: ${dagger(facts)} sbom --name=${name} export --path="$BELLWETHER_TOLD/sbom/${name}.json"`,
    ],
    [
      `- name: Attest what ${name} is made of`,
      when,
      `  uses: ${action("actions/attest")}`,
      "  with:",
      `    subject-name: ${repository}`,
      `    subject-digest: ${expression(`fromJSON(steps.edge.outputs.digests)['${repository}']`)}`,
      `    sbom-path: ${file}`,
    ],
  ];
}
