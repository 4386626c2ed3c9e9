import { type Release, waves } from "./release.ts";
import type { Observation, ObservedComponent } from "./target.ts";

/** A release as a rollout knows it: a JSON value. */
export type Party = {
  release: string;
  version: string;
  /** Components in the order of their start. */
  waves: string[][];
  /** The components that take traffic; all of them where none listens. */
  front: string[];
};

export function partyOf(release: Release): Party {
  const listening = release.components.filter((component) => component.listens);
  const front = listening.length > 0 ? listening : release.components;
  return {
    release: release.id,
    version: release.version,
    waves: waves(release.components),
    front: front.map((component) => component.name),
  };
}

/** Every component of the release was seen running. */
export const isRunning = (seen: Observation, party: Party): boolean => run(seen, party, party.waves.flat());

/** Every component that takes traffic was seen running. */
export const serves = (seen: Observation, party: Party): boolean => run(seen, party, party.front);

function run(seen: Observation, party: Party, names: string[]): boolean {
  const components = seen.releases[party.release]?.components ?? {};
  return names.every((name) => components[name]?.state === "running");
}

/** Something of it is there that is in no other release, too. */
export const isThereItself = ({ state, shared }: ObservedComponent): boolean =>
  state !== "stopped" && !shared;

/** It runs, and in no other release, too. */
export const runsItself = ({ state, shared }: ObservedComponent): boolean => state === "running" && !shared;
