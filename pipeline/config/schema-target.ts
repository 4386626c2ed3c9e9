import { z } from "zod";
import { choice, keyed, name, names, port, text, wholeNumber } from "./schema-parts.ts";

export const hostPattern = /^(?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?$/;
const hostWords = "a host as ssh knows it, such as web-1, deploy@web-1 or deploy@10.0.0.7:2222";
const host = z.string({ error: hostWords }).regex(hostPattern, { error: hostWords });
const hosts = z.array(host, { error: "a list of hosts that is not empty" }).min(1, {
  error: "a list of hosts that is not empty",
});

const pathWords = "an absolute path of letters, digits, /, ., _ and -, such as /opt/quotes";
const directory = z
  .string({ error: pathWords })
  .regex(/^\/[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/, { error: pathWords });

const userWords = "a user's name of a-z, 0-9, _ and -, such as quotes, and not root";
const user = z.string({ error: userWords }).regex(/^(?!root$)[a-z_][a-z0-9_-]{0,30}$/, { error: userWords });

const rangeWords = "a range of ports such as 21000-21999";
export const portsPattern = /^(\d{4,5})-(\d{4,5})$/;
const ports = z
  .string({ error: rangeWords })
  .regex(portsPattern, { error: rangeWords })
  .refine(
    (written) => {
      const [, from = 0, to = 0] = portsPattern.exec(written)?.map(Number) ?? [];
      return from >= 1024 && to <= 65_535 && to - from >= 10;
    },
    { error: `${rangeWords}, from 1024 to 65535, of more than ten` },
  );

const local = keyed({
  port: port.optional().describe("Port of the router. Default: a free one, chosen once and kept."),
  router: choice(["built-in", "haproxy"])
    .optional()
    .describe(
      "What splits the traffic: the built-in proxy, or an HAProxy (2.4 or newer) found on this machine. Default: built-in.",
    ),
});

const systemd = keyed({
  hosts: hosts
    .optional()
    .describe("Machines that run every component; the first one keeps the lease and the journal."),
  roles: z
    .record(
      name,
      keyed({
        hosts: hosts.describe("Machines of this role."),
        components: names.describe("Components that run there."),
      }),
      { error: "a map of role to hosts and components" },
    )
    .optional()
    .describe(
      "Machines by what they run, instead of hosts; the first host of the first role is the first one.",
    ),
  port: port
    .optional()
    .describe(
      "Port on which clients are served, on each host with the traffic. Default: the component's own.",
    ),
  router: choice(["haproxy", "nginx"])
    .optional()
    .describe(
      "What splits the traffic on a host. nginx has to be there already, 1.27.4 or newer unless the strategy is recreate. Default: haproxy.",
    ),
  directory: directory
    .optional()
    .describe("Directory on the hosts with everything of the application. Default: /opt/APP."),
  user: user.optional().describe("User that the components run as. Default: the app's name."),
  sudo: z
    .boolean({ error: "true or false" })
    .optional()
    .describe("Whether the host's part is called by sudo: where ssh does not come as root. Default: false."),
  split: choice(["weights", "hosts"])
    .optional()
    .describe(
      "What a weight means: weights, a share of each host's traffic; hosts, a share of the hosts, the first one first. Default: weights.",
    ),
  parallel: wholeNumber(1, 64).optional().describe("Hosts that are worked on at the same time. Default: 8."),
  ports: ports
    .optional()
    .describe("Ports for the components, on loopback; each slot gets one. Default: 21000-21999."),
  "known-hosts": text
    .optional()
    .describe("known_hosts file with the hosts' keys, relative to the root. Default: the user's own."),
  "ssh-config": text
    .optional()
    .describe("ssh_config file to use, relative to the root. Default: the user's own."),
}).refine(({ hosts: all, roles }) => (all === undefined) !== (roles === undefined), {
  error: "either hosts, which run every component, or roles",
});

export const targetWords = "one of local, systemd";

/** What runs the releases of an environment. */
export const target = z.union(
  [
    z.enum(["local"], { error: targetWords }),
    keyed({
      local: local.optional().describe("Processes on this machine behind a router on a port of loopback."),
      systemd: systemd
        .optional()
        .describe("Services of systemd on hosts that ssh reaches, behind HAProxy; see docs/systemd.md."),
    }).refine((written) => Object.keys(written).length <= 1, { error: targetWords }),
  ],
  { error: targetWords },
);

const tuningWords = "directives of systemd by name, such as CPUAffinity, Nice, LimitMEMLOCK or Restart";

/** What a component's unit may say beside what every unit says; nothing that takes hardening away from others. */
export const tunable =
  /^(CPU[A-Za-z]+|IO[A-Za-z]+|Limit[A-Z]+|Memory[A-Za-z]+|NUMA[A-Za-z]+|Nice|OOMScoreAdjust|TasksMax|TimerSlackNSec|Restart|RestartSec|KillSignal|AmbientCapabilities|CapabilityBoundingSet|RestrictRealtime|SystemCallFilter|ProtectProc|PrivateDevices|Slice)$/;

/** Lines of a component's unit. */
export const tuning = z.record(
  z.string().regex(tunable, { error: tuningWords }),
  z.union([z.string().regex(/^[^\n\r]*$/, { error: "one line" }), z.number()], {
    error: "text of one line, or a number",
  }),
  { error: tuningWords },
);

export type WrittenTarget = z.input<typeof target>;
