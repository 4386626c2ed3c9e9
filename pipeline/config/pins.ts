/** The file, kept with the sources, that says which digest an image's tag meant. */
export const pinsFile = "bellwether.lock";

/** Digests by reference. */
export type Pins = { bases: Record<string, string>; containers: Record<string, string> };

export const noPins: Pins = { bases: {}, containers: {} };
