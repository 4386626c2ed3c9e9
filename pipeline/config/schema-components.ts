import { z } from "zod";
import {
  command,
  duration,
  keyed,
  limit,
  name,
  names,
  port,
  size,
  text,
  texts,
  urlPath,
  variable,
  variables,
  wholeNumber,
} from "./schema-parts.ts";
import { tuning } from "./schema-target.ts";

const health = keyed({
  live: urlPath.optional().describe("Path that answers 200 while the process works. Default: none."),
  ready: urlPath.optional().describe("Path that answers 200 once it can serve. Default: none."),
  startup: urlPath.optional().describe("Path that answers 200 once it has started. Default: none."),
  successes: wholeNumber(1, 1000)
    .optional()
    .describe("Consecutive successes before it counts as ready. Default: 3."),
  span: duration.optional().describe("Least time that those successes must span. Default: 1s."),
  interval: limit.optional().describe("Time between two probes. Default: 500ms."),
  timeout: limit.optional().describe("Time limit of one probe. Default: 1s."),
  within: limit.optional().describe("How long a release may take to become ready. Default: 60s."),
});

const limits = keyed({
  memory: size
    .optional()
    .describe("Memory that its processes may hold together; what holds more is ended. Default: no limit."),
  "open-files": wholeNumber(16, 2 ** 30)
    .optional()
    .describe("Files and sockets that each of its processes may have open. Default: no limit."),
}).refine((written) => Object.keys(written).length > 0, { error: "a limit: memory, open-files, or both" });

/** A part of the system that is shipped and run. */
export const component = keyed({
  build: keyed({
    run: command.describe("The command that makes the artifact: text runs by sh -c, a list as it is."),
    inputs: texts
      .optional()
      .describe("Globs of the files that it reads. Default: everything that git does not ignore."),
    outputs: texts.optional().describe("Paths that it writes, relative to the root. Default: the artifact."),
    timeout: limit.optional().describe("Time limit. Default: 10m."),
  })
    .optional()
    .describe("How the artifact is built. Default: it is there already."),
  artifact: text
    .optional()
    .describe(
      "Path of what is shipped, relative to the root; ${platform} stands for e.g. linux-amd64, ${target} for Rust's name of it. Default: none, where a Dockerfile builds its image.",
    ),
  command: command.describe("The command that runs it, in the artifact's directory."),
  toolchains: names.optional().describe("Toolchains that it needs. Default: all of them."),
  port: port.optional().describe("Port that it listens on inside an image. Default: it does not listen."),
  env: variables
    .optional()
    .describe("Variables it sees. Values may hold ${port}, ${version} and ${accessories.NAME.FACT}."),
  secrets: z
    .array(variable, { error: "a list of secrets' names" })
    .optional()
    .describe("Names of secrets that it sees."),
  health: health.optional().describe("Paths and pace of its health probes."),
  limits: limits
    .optional()
    .describe("What its processes may use at most: a part of the release. Commands run once are not bound."),
  stop: limit
    .optional()
    .describe("Time between the signal to end and the end by force, at most 60s. Default: 10s."),
  systemd: tuning
    .optional()
    .describe("Lines of its unit on the target systemd, e.g. CPUAffinity; Restart is on-failure by default."),
  after: names.optional().describe("Components that must be ready before it starts. Default: none."),
});

const minLength = wholeNumber(1, 65536)
  .optional()
  .describe("Least length of the value in characters. Default: 1.");

const fromFile = keyed({
  from: z.literal("file").describe("Read from a file."),
  path: text.describe("Path of the file; a trailing line end is cut."),
  "min-length": minLength,
});

const fromCommand = keyed({
  from: z.literal("command").describe("Printed by a command."),
  run: command.describe("The command, e.g. of a vault; a trailing line end is cut."),
  timeout: limit.optional().describe("Time limit. Default: 10s."),
  "min-length": minLength,
});

const referenceWords = "a secret by reference, such as { from: env, name: NAME }";

/** Where the value of a secret comes from; the name of the variable is the secret's own by default. */
export const secret = z.discriminatedUnion(
  "from",
  [
    keyed({
      from: z.literal("env").describe("Taken from the environment."),
      name: variable.optional().describe("Name of the variable. Default: the secret's name."),
      "min-length": minLength,
    }),
    fromFile,
    fromCommand,
  ],
  { error: (issue) => (issue.path?.at(-1) === "from" ? "one of env, file, command" : referenceWords) },
);

/** A secret that has no name of its own, e.g. the URL of a channel. */
export const namelessSecret = z.discriminatedUnion(
  "from",
  [
    keyed({
      from: z.literal("env").describe("Taken from the environment."),
      name: variable.describe("Name of the variable."),
      "min-length": minLength,
    }),
    fromFile,
    fromCommand,
  ],
  { error: (issue) => (issue.path?.at(-1) === "from" ? "one of env, file, command" : referenceWords) },
);

const hostWords = "a registry's host, such as ghcr.io or localhost:5000";

/** How to log in to registries, by host. */
export const registries = z.record(
  z.string({ error: hostWords }).regex(/^[A-Za-z0-9.-]+(:\d+)?$/, { error: hostWords }),
  keyed({
    username: text.describe("Name; a token's is often anything."),
    password: namelessSecret.describe("Password or token, by reference."),
  }),
  { error: "a map of host to username and password" },
);

export const components = z.record(name, component, { error: "a map of name to component" });
export const secrets = z.record(variable, secret, { error: "a map of variable to secret" });

export type WrittenComponent = z.input<typeof component>;
export type WrittenSecret = z.input<typeof secret>;
