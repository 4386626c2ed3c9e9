import type { SecretReference } from "./config.ts";
import type { WrittenSecret } from "./schema-components.ts";
import { milliseconds } from "./values.ts";

/** A secret's reference; `name` is the variable where the reference names none. */
export function secretReference(written: WrittenSecret, name: string): SecretReference {
  const minLength = written["min-length"] ?? 1;
  switch (written.from) {
    case "env":
      return { from: "env", name: written.name ?? name, minLength };
    case "file":
      return { from: "file", path: written.path, minLength };
    case "command":
      return {
        from: "command",
        run: written.run,
        timeoutMs: milliseconds(written.timeout, "10s"),
        minLength,
      };
  }
}
