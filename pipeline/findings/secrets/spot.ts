/** Where in a text a secret stands: offsets of its first character and behind its last. */
export type Spot = { rule: string; kind: string; start: number; end: number };

/**
 * What the rules must know of a file: whether values stand there without quotes, whether guessing makes sense, and
 * whether it is a list of logins, in which every password is one. */
export type Manner = { unquoted: boolean; guess: boolean; login: boolean };
