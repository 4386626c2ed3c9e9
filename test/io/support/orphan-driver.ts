import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createProcesses } from "../../../pipeline/io/processes.ts";
import { temporaryDirectory } from "../../../pipeline/io/temporary.ts";

/** Makes a directory, starts children of every stubborn kind and stays; the test kills it. Arguments: token, proc directory. */
const [token = "", proc = "/proc"] = process.argv.slice(2);
const processes = createProcesses({ proc });
const directory = await temporaryDirectory(processes, `bellwether with blanks-${token}-`);
writeFileSync(join(directory, "a file"), "");
const environment = { PATH: process.env.PATH ?? "", TOKEN: token };
const sleep = "sleep 60";
const scripts = [
  sleep,
  `trap '' TERM INT HUP; ${sleep} & ${sleep} & wait; ${sleep}`,
  `setsid ${sleep} & setsid sh -c '${sleep} & ${sleep}' & ${sleep}`,
];
for (const [index, script] of scripts.entries()) {
  const begun = await processes.start({
    argv: ["sh", "-c", script],
    directory: "/",
    environment,
    ...(index === 0 ? { stopSignal: "SIGINT" } : {}),
    output: () => {},
  });
  if (!begun.ok) throw new Error(begun.failure);
  process.stdout.write(`${begun.value.pid}\n`);
}
process.stdout.write("all\n");
setInterval(() => {}, 1000);
