import { type Container, ExecError } from "@dagger.io/dagger";

/** How an exec ended. The streams are read only where somebody will look at them: after a failure. */
export type Ended = { exitCode: number; out: string[]; err: string[] };

/** Runs the container's last exec, which must expect any exit code, and reads its output where it failed. */
export async function ended(container: Container): Promise<Ended> {
  try {
    const exitCode = await container.exitCode();
    if (exitCode === 0) return { exitCode, out: [], err: [] };
    const [out, err] = await Promise.all([container.stdout(), container.stderr()]);
    return { exitCode, out: lines(out), err: lines(err) };
  } catch (error) {
    // Exit codes 128 to 191 (a signal) are errors whatever is expected.
    if (error instanceof ExecError)
      return { exitCode: error.exitCode, out: lines(error.stdout), err: lines(error.stderr) };
    throw error;
  }
}

/** Lines without their ends; none for an empty text. */
const lines = (text: string): string[] => (text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/));
