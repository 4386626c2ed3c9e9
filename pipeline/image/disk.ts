import { fail, type Result } from "../result.ts";

/** Whether an error is the operating system's answer, e.g. no space left or permission denied. */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error && "code" in error;

/** Runs work on files; what the system refuses becomes target-failed, every other error is a bug and goes on. */
export async function onDisk<T>(action: string, work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return fail({ kind: "target-failed", action, reason: error.message });
  }
}
