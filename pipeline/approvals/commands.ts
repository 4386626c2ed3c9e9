/** What signatures of approvals are for: one made for anything else does not fit (PROTOCOL.sshsig). */
export const namespace = "bellwether-approval";

/** Signs a file into FILE.sig; of `key` the private half may be in the agent. */
export const signCommand = (key: string, file: string): string[] => [
  ...sshsig("sign"),
  ...["-f", key],
  ...["-n", namespace],
  file,
];

/** Whether a signature fits the text on standard input, whoever made it. */
export const fitsCommand = (signature: string): string[] => [
  ...sshsig("check-novalidate"),
  ...["-n", namespace],
  ...["-s", signature],
];

/** Prints the principals of the key that signed, a line each. */
export const principalsCommand = (signers: string, signature: string): string[] => [
  ...sshsig("find-principals"),
  ...["-f", signers],
  ...["-s", signature],
];

/** Whether that principal may have signed the text on standard input: purpose and times of the key included. */
export const verifyCommand = (signers: string, principal: string, signature: string): string[] => [
  ...sshsig("verify"),
  ...["-f", signers],
  ...["-I", principal],
  ...["-n", namespace],
  ...["-s", signature],
];

const sshsig = (action: string): string[] => ["ssh-keygen", "-Y", action];
