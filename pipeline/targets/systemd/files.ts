import { partyOf } from "../../deploy/party.ts";
import type { Release, ReleaseComponent } from "../../deploy/release.ts";
import { waves } from "../../deploy/release.ts";
import { besideFacts, componentVariables } from "../../deploy/variables.ts";
import { environmentFile } from "./environment-file.ts";
import { blobName, directoryOf } from "./names.ts";
import { type UnitPlace, unitText } from "./unit.ts";

/** An image as it is unpacked on a host. */
export type HostImage = { layers: string[]; workdir: string; environment: Record<string, string> };

export type HostRelease = {
  release: Release;
  /** Components that run on this host. */
  components: string[];
  /** By component. */
  images: Record<string, HostImage>;
  secrets: Record<string, string>;
  secretVersions: Record<string, string>;
  place: Pick<UnitPlace, "app" | "directory" | "user">;
};

/** A small file of a release's directory on a host. */
export type PlacedFile = { path: string; mode: number; text: string };

const imageDirectory = (digest: string): string => blobName(digest).slice(0, 16);

/** Values of secrets, for systemd alone to read, and what is needed to never show them. */
export function secretFiles(given: HostRelease): PlacedFile[] {
  const lines = Object.values(given.secrets).flatMap((value) => value.split("\n"));
  return [
    ...own(given).map((component) => ({
      path: `environment/${component.name}`,
      mode: 0o600,
      text: environmentFile(variablesOf(given, component)),
    })),
    {
      path: "secrets",
      mode: 0o600,
      text: text(Object.entries(given.secretVersions).map((pair) => pair.join(" "))),
    },
    { path: "redact", mode: 0o600, text: text(lines) },
  ];
}

/** Everything of a release on a host but its layers. */
export function releaseFiles(given: HostRelease): PlacedFile[] {
  const { release, place, images } = given;
  const order = waves(release.components);
  const { front } = partyOf(release);
  const file = (path: string, content: string): PlacedFile => ({ path, mode: 0o644, text: content });
  const layers = new Map(
    own(given).map(({ name, digest }) => [imageDirectory(digest), images[name]?.layers ?? []]),
  );
  return [
    file("id", `${release.id}\n`),
    file("version", `${release.version}\n`),
    file("release.json", `${JSON.stringify(release)}\n`),
    file(
      "components",
      text(
        own(given).map(({ name, listens, health }) =>
          [
            name,
            order.findIndex((wave) => wave.includes(name)) + 1,
            listens ? "yes" : "no",
            listens && front[0] === name ? "yes" : "no",
            Math.ceil(health.withinMs / 1_000),
            (listens ? (health.ready ?? health.live) : null) ?? "-",
          ].join(" "),
        ),
      ),
    ),
    file(
      "layers",
      text([...layers].flatMap(([image, all]) => all.map((digest) => `${image} ${blobName(digest)}`))),
    ),
    ...own(given).map((component) =>
      file(
        `units/${component.name}.service`,
        unitText(component, {
          ...place,
          version: release.version,
          workdir: `${place.directory}/releases/${directoryOf(release)}/images/${imageDirectory(component.digest)}${trimmed(images[component.name]?.workdir)}`,
        }),
      ),
    ),
    ...secretFiles(given),
  ];
}

const own = ({ release, components }: HostRelease): ReleaseComponent[] =>
  release.components.filter(({ name }) => components.includes(name));

const trimmed = (workdir = "/"): string => (workdir === "/" ? "" : workdir);

const text = (lines: string[]): string => lines.map((line) => `${line}\n`).join("");

/** What stands for a port that the host has chosen for a slot of a component. */
const portOf = (component: string): string => `@PORT:${component}@`;

function variablesOf(given: HostRelease, component: ReleaseComponent): Record<string, string> {
  const image = given.images[component.name];
  const ports = given.components.flatMap((name) => besideFacts(name, portOf(name)));
  return componentVariables(given.release, component, {
    inherited: {},
    image: image?.environment ?? {},
    accessories: {},
    secrets: given.secrets,
    port: component.listens ? portOf(component.name) : null,
    others: Object.fromEntries(ports),
  });
}
