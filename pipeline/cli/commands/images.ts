import type { PinOptions } from "../pin.ts";
import type { Commands } from "./command.ts";

/** What is done with images. */
export const images: Commands = {
  publish: (program, perform) =>
    program
      .command("publish [image...]")
      .description("send images of this version, built here, to their repositories, with SBOM and provenance")
      .action((images: string[]) =>
        perform(async (settings) => (await import("../publish.ts")).publish(settings, images)),
      ),

  verify: (program, perform) =>
    program
      .command("verify <image>")
      .description("check a published image: every digest, what is said about it, and who signed it")
      .option(
        "--key <file...>",
        "public keys, one of which must have signed it (default: those of the environments)",
      )
      .action((image: string, options: { key?: string[] }) =>
        perform(async (settings) =>
          (await import("../verify.ts")).verify(settings, image, options.key ?? null),
        ),
      ),

  pin: (program, perform) =>
    program
      .command("pin")
      .description("write the digests of the bases' tags to bellwether.lock")
      .option("--update", "ask for all of them anew")
      .option("--containers", "also those of the images that a Dagger engine runs")
      .action((options: PinOptions) =>
        perform(async (settings) => (await import("../pin.ts")).pin(settings, options)),
      ),
};
