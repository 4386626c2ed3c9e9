import { z } from "zod";
import {
  choice,
  command,
  duration,
  keyed,
  limit,
  name,
  port,
  size,
  text,
  texts,
  variable,
  variables,
  wholeNumber,
} from "./schema-parts.ts";

const repositoryWords = "a repository without tag, in lower case, such as registry.example/quotes";
const workdirWords = "an absolute path such as /app";
const userWords = "a user that is not root, by name or number, such as 1000:1000";
const ownerWords = "numbers of a user and a group, such as 0:0";
const signalWords = "the name of a signal, such as SIGINT";
const daysWords = "a number of days such as 90d";
const tagWords = "letters, digits, _ . and - only, at most 60 of them";

/** Part of a tag (distribution-spec, tags). */
const tagPart = z.string({ error: tagWords }).regex(/^[A-Za-z0-9_.-]{0,60}$/, { error: tagWords });

const affixes = {
  prefix: tagPart.optional().describe("Before the tag. Default: nothing."),
  suffix: tagPart.optional().describe("Behind the tag. Default: nothing."),
};

const versionWords = "full, minor, major, or a pattern of {version}, {major}, {minor} and {patch}";

/** One rule for tags; each says what the tag is made from. */
const tagRule = z.union(
  [
    keyed({
      version: z
        .string({ error: versionWords })
        .regex(/^(full|minor|major|[A-Za-z0-9_.-]*(\{(version|major|minor|patch)\}[A-Za-z0-9_.-]*)+)$/, {
          error: versionWords,
        })
        .describe(
          "Of a release: full 1.2.3, minor 1.2, major 1 (no 0), or a pattern such as v{major}.{minor}.",
        ),
      ...affixes,
    }),
    keyed({
      branch: z
        .union([z.literal(true), z.record(text, tagPart, { error: "a map of branch to tag" })])
        .describe("The branch's name; a map gives some branches other names, e.g. { main: edge }."),
      ...affixes,
    }),
    keyed({ tag: z.literal(true).describe("The git tag as it is."), ...affixes }),
    keyed({ "pull-request": z.literal(true).describe("pr-NUMBER."), ...affixes }),
    keyed({
      commit: choice(["short", "full"]).describe("sha- and 7 or 40 digits of the commit."),
      ...affixes,
    }),
    keyed({
      schedule: text.describe("Of a run by schedule: a text such as nightly; {date} is YYYYMMDD, UTC."),
      ...affixes,
    }),
    keyed({
      text: text.describe("A tag of your own."),
      on: texts.optional().describe("Branches, by pattern. Default: always."),
      ...affixes,
    }),
  ],
  { error: "one of version, branch, tag, pull-request, commit, schedule, text" },
);

const tags = keyed({
  rules: z
    .array(tagRule, { error: "a list of rules" })
    .optional()
    .describe(
      "What the tags are made from. Default: 1.2.3, 1.2 and 1 of a release, edge of main, other branches by name, pr-N, sha-SHORT.",
    ),
  latest: choice(["auto", "always", "never"])
    .optional()
    .describe("auto: the highest release that is no prerelease. Default: auto."),
  prefix: tagPart.optional().describe("Before every tag but latest. Default: nothing."),
  suffix: tagPart.optional().describe("Behind every tag but latest. Default: nothing."),
});

const healthcheck = keyed({
  run: command.describe("Asks whether it is well: text runs by the image's shell, a list as it is."),
  interval: limit.optional().describe("Time between two questions. Default: 30s."),
  timeout: limit.optional().describe("Time limit of one. Default: 5s."),
  start: duration.optional().describe("Time in which a no does not count. Default: 0s."),
  retries: wholeNumber(1, 100).optional().describe("How many noes in a row it takes. Default: 3."),
});

const dockerfile = keyed({
  file: text.describe("The Dockerfile, relative to the root."),
  context: text.optional().describe("Directory that it sees, relative to the root. Default: the root."),
  target: text.optional().describe("The build stage that is wanted. Default: the last one."),
  args: variables
    .optional()
    .describe("Build arguments; they stay in the image's history, so never a secret."),
  secrets: z
    .array(variable, { error: "a list of secrets' names" })
    .optional()
    .describe("Secrets that RUN --mount=type=secret,id=NAME sees; none of them stays in the image."),
  "cache-from": texts.optional().describe("References that layers are taken from, e.g. type=registry,ref=…"),
  "cache-to": texts.optional().describe("References that layers are given to."),
  builder: choice(["auto", "buildx", "docker", "buildah"])
    .optional()
    .describe("auto: the first of buildx, docker and buildah that is there. Default: auto."),
});

/** A container image of one component. */
export const image = keyed({
  component: name.optional().describe("Component inside it. Default: the image's name."),
  base: text
    .optional()
    .describe(
      "scratch, a reference with a tag or a digest such as node:24-slim, or the path of an OCI layout directory relative to the root. Default: scratch.",
    ),
  dockerfile: z
    .union([text, dockerfile], {
      error: "a path, or file, context, target, args, secrets, caches and builder",
    })
    .optional()
    .describe("Built by this Dockerfile, not from the artifact. Default: layers of the artifact."),
  platforms: z
    .array(choice(["linux/amd64", "linux/arm64"]), { error: "a list of platforms" })
    .min(1, { error: "a list of platforms that is not empty" })
    .optional()
    .describe("Default: linux/amd64 and linux/arm64."),
  repository: z
    .string({ error: repositoryWords })
    .regex(/^[a-z0-9]+([._-][a-z0-9]+)*(:\d+)?(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/, {
      error: repositoryWords,
    })
    .describe("Where it is pushed, without tag."),
  publish: z
    .boolean({ error: "true or false" })
    .optional()
    .describe("The image stage pushes it. Default: false, only `bellwether publish` does."),
  workdir: z
    .string({ error: workdirWords })
    .regex(/^\/\S*$/, { error: workdirWords })
    .optional()
    .describe("Where the artifact lands in the image. Default: /app."),
  owner: z
    .string({ error: ownerWords })
    .regex(/^\d{1,9}:\d{1,9}$/, { error: ownerWords })
    .optional()
    .describe("Whose the artifact's files are. Default: 0:0, so that what runs cannot change itself."),
  user: z
    .string({ error: userWords })
    .regex(/^(?!root(:|$)|0+(:|$))[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/, {
      error: userWords,
    })
    .optional()
    .describe("Who runs the command. Default: the base's user, and 1000:1000 where that is root."),
  env: variables.optional().describe("Variables of every container. Default: those of the base."),
  ports: z
    .array(port, { error: "a list of ports" })
    .optional()
    .describe("Ports that it listens on. Default: the component's."),
  entrypoint: texts.optional().describe("What the command is handed to. Default: nothing."),
  healthcheck: healthcheck
    .optional()
    .describe("How a container engine asks for its health. Default: it does not."),
  "stop-signal": z
    .string({ error: signalWords })
    .regex(/^SIG[A-Z0-9+]{2,10}$/, { error: signalWords })
    .optional()
    .describe("What asks it to end. Default: SIGTERM."),
  labels: z
    .record(text, z.string({ error: "text" }), { error: "a map of label to text" })
    .optional()
    .describe("Labels beside the standard ones. Default: none."),
  tags: tags.optional().describe("Which tags it gets beside its version and the key of its inputs."),
  "max-size": size.optional().describe("Most bytes of one platform's packed layers. Default: no limit."),
  "max-base-age": z
    .string({ error: daysWords })
    .regex(/^[1-9]\d{0,3}d$/, { error: daysWords })
    .optional()
    .describe("How old the base may be when the image is built. Default: no limit."),
});

export const images = z.record(name, image, { error: "a map of name to image" });

export type WrittenImage = z.input<typeof image>;
export type WrittenTagRule = z.input<typeof tagRule>;
