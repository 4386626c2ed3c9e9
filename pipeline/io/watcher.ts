import { type ChildProcess, spawn } from "node:child_process";
import { limitName, type Mark, markVariable } from "./mark.ts";

/** Ends what is left when this program ends without having done it itself, by SIGKILL for example. */
export interface OrphanWatcher {
  /** From here on the group is ended with us; `signal` is tried first where it is not SIGTERM. */
  watch(group: number, signal: string): void;
  /** The group is gone: its number may soon be somebody else's. */
  forget(group: number): void;
  /** From here on the directory, an absolute path, is removed with us; one that is gone by then is no matter. */
  discard(directory: string): void;
  /** Nothing is left to watch: the watcher ends. */
  close(): Promise<void>;
}

/**
 * `$1` is the mark, `$2` the proc file system, `$3` how our limits begin. It sits in a session of its own (no terminal, no signal to our
 * group reaches it) and reads lines `+ GROUP SIGNAL`, `- GROUP`, `/ DIRECTORY`, `.` until its input ends, which it does
 * however we end. Then: a word to those that have children in other sessions (PostgreSQL) and at most 1.2 s for
 * them, SIGKILL to every group, SIGKILL to everything with the mark until two looks 50 ms apart find nothing:
 * a process caught between fork and exec has the mark only after the exec. A zombie counts as gone: not every PID 1 reaps at once.
 * Directories go last, when nobody writes into them any more.
 */
const script = `
trap '' HUP INT QUIT TERM PIPE
proc=$2
alive() {
  kill -s 0 -- "-$1" || return 1
  state=
  if [ -r "$proc/$1/stat" ]; then read -r state < "$proc/$1/stat"; fi
  case $state in *") Z "*) return 1 ;; esac
}
groups=
directories=
while read -r what about; do
  case $what in
    +) groups="$groups \${about% *}:\${about#* }" ;;
    -) kept=
       for one in $groups; do [ "\${one%%:*}" = "$about" ] || kept="$kept $one"; done
       groups=$kept ;;
    /) directories="$directories$about
" ;;
    .) exit 0 ;;
  esac
done
polite=
for one in $groups; do
  case \${one#*:} in
    SIGTERM) kill -s KILL -- "-\${one%%:*}" ;;
    *) signal=\${one#*:SIG}; kill -s "$signal" -- "-\${one%%:*}" && polite="$polite \${one%%:*}" ;;
  esac
done
asked=$polite
turn=0
while [ -n "$polite" ] && [ $turn -lt 24 ]; do
  sleep 0.05
  turn=$((turn + 1))
  left=
  for group in $polite; do
    if alive "$group"; then
      left="$left $group"
      [ $turn -ne 12 ] || kill -s QUIT -- "-$group"
    fi
  done
  polite=$left
done
for group in $asked; do kill -s KILL -- "-$group"; done
clean=0
turn=0
while [ $clean -lt 2 ] && [ $turn -lt 12 ]; do
  found=$(grep -lsF "${markVariable}=$1" "$proc"/[0-9]*/environ
    grep -lsE "^${limitName} +$3[0-9]{6} " "$proc"/[0-9]*/limits)
  clean=$((clean + 1))
  for file in $found; do
    clean=0
    process=\${file%/*}
    kill -s KILL "\${process##*/}"
  done
  turn=$((turn + 1))
  [ $clean -ge 2 ] || sleep 0.05
done
printf %s "$directories" | while IFS= read -r one; do rm -rf -- "$one"; done
`;

/** Starts the watcher, one small shell; `ended` is called should somebody kill it. */
export function startWatcher(mark: Mark, proc: string, ended: () => void): OrphanWatcher {
  // No mark in its own environment: it must outlive those that it ends. PATH is for `sleep`, `grep` and `rm`.
  const shell: ChildProcess = spawn(
    "/bin/sh",
    ["-c", script, "bellwether-watcher", mark.value, proc, String(mark.limit)],
    {
      cwd: "/",
      env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" },
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    },
  );
  const gone = new Promise<void>((resolve) => {
    shell.once("exit", () => resolve());
    shell.once("error", () => resolve());
  });
  void gone.then(ended);
  // It may not keep this program alive.
  shell.unref();
  const input = shell.stdin;
  input?.on("error", () => {});
  if (input && "unref" in input && typeof input.unref === "function") input.unref();
  const tell = (line: string) => {
    if (input?.writable) input.write(`${line}\n`);
  };
  return {
    watch: (group, signal) => tell(`+ ${group} ${signal}`),
    forget: (group) => tell(`- ${group}`),
    // What a line cannot carry as it is would be another directory.
    discard: (directory) => void (/\n|\s$/.test(directory) || tell(`/ ${directory}`)),
    async close() {
      tell(".");
      shell.ref();
      await gone;
    },
  };
}
