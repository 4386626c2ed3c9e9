/** Command lines of other scanners; `report` is the file that gitleaks writes. The first word is the program. */
export const scanners = {
  gitleaks: (report: string): string[] => [
    ...["gitleaks", "dir", ".", "--redact", "--no-banner", "--log-level", "error", "--exit-code", "0"],
    ...["--report-format", "json", "--report-path", report],
  ],
  trufflehog: (): string[] => [
    ...["trufflehog", "filesystem", ".", "--json", "--no-update", "--no-verification"],
    ...["--exclude-globs", ".git/**,**/node_modules/**,**/.venv/**,.bellwether/**"],
  ],
};

export type OtherScanner = keyof typeof scanners;
