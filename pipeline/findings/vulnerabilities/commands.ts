/** A scanner of dependencies: what it needs to find, and how it is asked. The first word of a command is the program. */
export type Scanner = {
  name: "npm-audit" | "pnpm-audit" | "yarn-audit" | "pip-audit" | "cargo-audit" | "osv-scanner" | "trivy";
  /** Names of the files that it reads; one run a directory that holds one of them. */
  files: string[];
  /** `file` is the one that was found, in the directory that the command runs in. */
  command(file: string): string[];
};

/** One for each kind of manifest, the nearest to its package manager first. */
export const scanners: Scanner[] = [
  {
    name: "npm-audit",
    files: ["package-lock.json", "npm-shrinkwrap.json"],
    command: () => ["npm", "audit", "--json", "--package-lock-only"],
  },
  { name: "pnpm-audit", files: ["pnpm-lock.yaml"], command: () => ["pnpm", "audit", "--json"] },
  { name: "yarn-audit", files: ["yarn.lock"], command: () => ["yarn", "audit", "--json"] },
  {
    name: "pip-audit",
    files: ["requirements.txt"],
    command: (file) => ["pip-audit", "--format", "json", "--progress-spinner", "off", "--requirement", file],
  },
  { name: "cargo-audit", files: ["Cargo.lock"], command: () => ["cargo", "audit", "--json"] },
];

/** These read every kind of lock; they stand in where the nearest scanner is not on the machine. */
export const general: Scanner[] = [
  {
    name: "osv-scanner",
    files: [
      ...["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "requirements.txt"],
      ...["poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "Cargo.lock", "go.mod"],
    ],
    command: (file) => ["osv-scanner", "--format", "json", `--lockfile=${file}`],
  },
  {
    name: "trivy",
    files: [
      ...["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "requirements.txt", "poetry.lock", "uv.lock"],
      ...["Pipfile.lock", "Cargo.lock", "go.mod"],
    ],
    command: (file) => ["trivy", "filesystem", "--scanners", "vuln", "--format", "json", "--quiet", file],
  },
];

/** Locks and manifests of dependencies, whoever can read them. */
export const manifests: string[] = [...new Set([...scanners, ...general].flatMap(({ files }) => files))];
