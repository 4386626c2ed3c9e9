# HAProxy takes addresses and weights while it runs (management.txt, "Unix Socket commands").
runtime() { printf '%s\n' "$1" | socat -t 5 - "UNIX-CONNECT:$router_socket"; }
haproxy_prepare() { :; }
haproxy_await() { while ! runtime "show info" >/dev/null 2>&1; do sleep 0.1; done; }
haproxy_version() { :; }
haproxy_settle() { :; }
haproxy_occupy() { runtime "set server releases/$1 addr 127.0.0.1 port $2; set server releases/$1 state ready" >/dev/null; }
# Columns of the statistics by their names, a line for each server: its own name first, and before it any word.
stats() {
  runtime "show stat releases 4 -1" | awk -F, -v w="$1" -v before="${2:-}" '/^# / { for (i = 1; i <= NF; i++) { sub(/^# /, "", $i); at[$i] = i } next } NF > 1 { n = split(w, want, " "); line = before $at["svname"]; for (i = 1; i <= n; i++) line = line " " $at[want[i]]; print line }'
}
stat_of() { stats "$2" | sed -n "s/^$1 //p"; }
haproxy_weighs() { stats "weight status" "weighs "; }
# The one that rises goes first.
haproxy_weights() {
  local first=blue second=green said before="" rest
  read -r before rest 2>/dev/null <"$DIR/router/weights"
  [ "$1" -lt "${before:-0}" ] && first=green && second=blue
  said=$(runtime "set server releases/$first weight $([ $first = blue ] && echo "$1" || echo "$2"); set server releases/$second weight $([ $second = blue ] && echo "$1" || echo "$2")") || return 1
  [ -z "${said//[[:space:]]/}" ] || { echo "note $said"; return 1; }
}
haproxy_statistics() {
  runtime "show stat releases 4 -1; show events requests" | awk -v last="$1" '
    /^# / || /^releases,/ { print "stat " $0; next }
    /^[0-9]+ [0-9]+ / { line[++n] = $0; if ($2 == last) found = n }
    END { if (last != "none" && !found) print "wrapped"; for (i = found + 1; i <= n; i++) print "line " line[i] }'
}
haproxy_begin() {
  local figures last
  figures=$(stat_of "$1" "stot hrsp_1xx")
  last=$(runtime "show events requests" | awk '/^[0-9]+ [0-9]+ / { last = $2 } END { print last }')
  echo "$figures ${last:-none}"
}
# drain SLOT UNTIL: how many are left.
haproxy_drain() {
  local open
  while :; do
    open=$(stat_of "$1" "scur qcur" | awk '{ print $1 + $2 }')
    [ "${open:-0}" -gt 0 ] && [ "$(uptime_cs)" -lt "$2" ] || break
    sleep 0.1
  done
  echo "${open:-0}"
}
