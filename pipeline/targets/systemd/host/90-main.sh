command=${1:-hello}
[ $# -eq 0 ] || shift
[[ $command =~ ^[a-z-]+$ ]] && declare -F "do_${command//-/_}" >/dev/null || no bad "$command is no command here (protocol $PROTOCOL)"
[ -d "$DIR" ] || no bad "$DIR is not there"
"do_${command//-/_}" "$@"
