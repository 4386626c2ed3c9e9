/** A scanner of dependencies: what it needs to find, and how it is asked. The first word of a command is the program. */
export type Scanner = {
  name: "npm-audit" | "pnpm-audit" | "yarn-audit" | "pip-audit" | "cargo-audit" | "osv-scanner" | "trivy";
  /** Names of the files that it reads; one run a directory that holds one of them. */
  files: string[];
  /** `file` is the one that was found, in the directory that the command runs in. */
  command(file: string): string[];
  /** Whether it ends with that code where it found something; any other one than 0 means that it broke. */
  found(exitCode: number): boolean;
};

const one = (exitCode: number): boolean => exitCode === 1;

/** One for each kind of manifest, the nearest to its package manager first. */
export const scanners: Scanner[] = [
  {
    name: "npm-audit",
    files: ["package-lock.json", "npm-shrinkwrap.json"],
    command: () => ["npm", "audit", "--json", "--package-lock-only"],
    found: one,
  },
  {
    name: "pnpm-audit",
    files: ["pnpm-lock.yaml"],
    command: () => ["pnpm", "audit", "--json"],
    found: one,
  },
  {
    name: "yarn-audit",
    files: ["yarn.lock"],
    command: () => ["yarn", "audit", "--json"],
    // A bit for each severity.
    found: (exitCode) => exitCode < 32,
  },
  {
    name: "pip-audit",
    files: ["requirements.txt"],
    command: (file) => ["pip-audit", "--format", "json", "--progress-spinner", "off", "--requirement", file],
    found: one,
  },
  {
    name: "cargo-audit",
    files: ["Cargo.lock"],
    command: () => ["cargo", "audit", "--json"],
    found: one,
  },
];

/** These read every kind of lock; they stand in where the nearest scanner is not on the machine. */
export const general: Scanner[] = [
  {
    name: "osv-scanner",
    files: [
      ...["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "requirements.txt"],
      ...["poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "Cargo.lock", "go.mod"],
    ],
    // A file of another name is read as what it says before the colon.
    command: (file) => {
      const named = isRequirements(file) && file !== "requirements.txt" ? `requirements.txt:${file}` : file;
      return ["osv-scanner", "--format", "json", `--lockfile=${named}`];
    },
    found: one,
  },
  {
    name: "trivy",
    files: [
      ...["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "requirements.txt", "poetry.lock", "uv.lock"],
      ...["Pipfile.lock", "Cargo.lock", "go.mod"],
    ],
    command: (file) => ["trivy", "filesystem", "--scanners", "vuln", "--format", "json", "--quiet", file],
    found: () => false,
  },
];

/** Names of lists for pip, whatever they are for. */
export const isRequirements = (file: string): boolean =>
  /^([\w.-]+[._-])?requirements([._-][\w.-]+)?\.txt$/.test(file);

/** Whether a scanner reads files of that name; trivy knows pip's lists by one name alone. */
export const reads = ({ name, files }: Scanner, file: string): boolean =>
  files.includes(file) || (isRequirements(file) && files.includes("requirements.txt") && name !== "trivy");
