# serve: stays, and does one command after another, each by itself; what comes on standard input is written by
# targets/systemd/request.ts. It ends with its input: what was cut off in the middle was not asked.
serve() {
  local count bytes word input words
  while IFS=' ' read -r count bytes; do
    [[ "$count $bytes" =~ ^[0-9]{1,3}\ [0-9]{1,6}$ ]] || exit 0
    words=() input=""
    for ((; count > 0; count--)); do IFS= read -r word || exit 0; words+=("$word"); done
    [ "$bytes" -eq 0 ] || IFS= read -r -N "$bytes" input || exit 0
    if [ -z "$input" ]; then (main "${words[@]}") </dev/null; else printf %s "$input" | (main "${words[@]}"); fi
    echo ".end $?"
  done
}
main() {
  local command=${1:-hello}
  [ $# -eq 0 ] || shift
  [[ $command =~ ^[a-z-]+$ ]] && declare -F "do_${command//-/_}" >/dev/null || no bad "$command is no command here (protocol $PROTOCOL)"
  [ -d "$DIR" ] || no bad "$DIR is not there"
  "do_${command//-/_}" "$@"
}
if [ "${1:-}" = serve ]; then serve; else main "$@"; fi
