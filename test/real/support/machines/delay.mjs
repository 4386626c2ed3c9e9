import { connect } from "node:net";

/** As a ProxyCommand of ssh: `node delay.mjs HOST PORT MS` is a line on which every byte is that much longer under way. */
const [host, port, ms] = process.argv.slice(2);
const far = connect(Number(port), host);
const late = (from, to) => {
  from.on("data", (bytes) => setTimeout(() => to.write(bytes), Number(ms)));
  from.on("end", () => setTimeout(() => to.end(), Number(ms)));
};
late(process.stdin, far);
late(far, process.stdout);
far.on("error", () => process.exit(1));
far.on("close", () => setTimeout(() => process.exit(0), Number(ms) * 2));
process.stdout.on("error", () => process.exit(0));
