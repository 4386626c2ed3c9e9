socket=/run/$APP-router/admin.sock
runtime() { printf '%s\n' "$1" | socat -t 5 - "UNIX-CONNECT:$socket"; }
# Where a slot's release listens.
occupy() {
  local port
  [ "$ROUTER" = haproxy ] || return 0
  port=$(port_in "$1" "$(front_of "$2")")
  [ -n "$port" ] && runtime "set server releases/$1 addr 127.0.0.1 port $port; set server releases/$1 state ready" >/dev/null
}
# The line of one server in the statistics, by the names of their columns.
stat_of() {
  runtime "show stat releases 4 -1" | awk -F, -v s="$1" -v w="$2" '/^# / { for (i = 1; i <= NF; i++) { sub(/^# /, "", $i); at[$i] = i } } $at["svname"] == s { n = split(w, want, " "); line = ""; for (i = 1; i <= n; i++) line = line $at[want[i]] " "; print line }'
}
# weights BLUE GREEN (as HAProxy counts) SHARES (as people do): the one that rises goes first.
weights() {
  local first=blue second=green said="" before
  before=$(awk '{ print $1 }' "$DIR/router/weights" 2>/dev/null)
  if [ "$ROUTER" = haproxy ]; then
    [ "$1" -lt "${before:-0}" ] && first=green && second=blue
    said=$(runtime "set server releases/$first weight $([ $first = blue ] && echo "$1" || echo "$2"); set server releases/$second weight $([ $second = blue ] && echo "$1" || echo "$2")") || return 1
    [ -z "${said//[[:space:]]/}" ] || { echo "note $said"; return 1; }
  fi
  echo "$1 $2 $3" | put "$DIR/router/weights"
}
# All traffic to one slot, or to none; a host that never had any has none to give.
all_to() {
  [ "$ROUTER" != none ] || [ -e "$DIR/router/weights" ] || return 0
  case "$1" in blue) weights 100 0 100,0 ;; green) weights 0 100 0,100 ;; *) weights 0 0 0,0 ;; esac
}
weight_of() { awk -v c="$([ "$1" = blue ] && echo 1 || echo 2)" '{ print $c }' "$DIR/router/weights" 2>/dev/null || echo 0; }

# shift TOKEN SHARES WEIGHTS RELEASE... : two numbers each, the first release's first.
do_shift() {
  local token=$1 shares=$2 numbers=$3 blue=0 green=0 bs=0 gs=0 i=0 release slot
  shift 3
  [[ $shares,$numbers =~ ^[0-9.,]+$ ]] || no bad "$shares $numbers are no weights"
  held "$token"
  for release in "$@"; do
    name "$release"
    i=$((i + 1))
    local weight share
    weight=$(echo "$numbers" | cut -d, -f$i); share=$(echo "$shares" | cut -d, -f$i)
    number "$weight"
    slot=$(slot_of "$release")
    [ "$weight" -eq 0 ] || { [ -n "$slot" ] && serves "$release" "$slot"; } || no failed "$(version_of "$release") does not run"
    case "$slot" in blue) blue=$weight bs=$share ;; green) green=$weight gs=$share ;; esac
  done
  weights "$blue" "$green" "$bs,$gs" || no failed "HAProxy did not take the weights"
  ok
}
# statistics LAST: HAProxy's figures, and the lines of its log after the one with this number (all, where it is gone).
do_statistics() {
  local slot
  [ "$ROUTER" = haproxy ] || ok
  for slot in $slots; do [ -n "$(in_slot "$slot")" ] && echo "base $slot $(in_slot "$slot") $(cat "$DIR/slots/$slot.base" 2>/dev/null)"; done
  runtime "show stat releases 4 -1; show events requests" | awk -v last="$1" '
    /^# / || /^releases,/ { print "stat " $0; next }
    /^[0-9]+ [0-9]+ / { line[++n] = $0; if ($2 == last) found = n }
    END { if (last != "none" && !found) print "wrapped"; for (i = found + 1; i <= n; i++) print "line " line[i] }'
  ok
}
# The figures from which a release's own are counted: what the slot had before it.
base() {
  local figures last
  figures=$(stat_of "$1" "stot hrsp_1xx")
  last=$(runtime "show events requests" | awk '/^[0-9]+ [0-9]+ / { last = $2 } END { print last }')
  echo "${figures% } ${last:-none}"
}
# drain RELEASE LIMIT(ms)
do_drain() {
  name "$1"; number "$2"
  local slot open=0 until=$(($(uptime_cs) + $2 / 10))
  slot=$(slot_of "$1")
  [ -n "$slot" ] || { echo "open 0"; ok; }
  [ "$(weight_of "$slot")" -eq 0 ] || no failed "$(version_of "$1") still gets traffic"
  while [ "$ROUTER" = haproxy ]; do
    open=$(stat_of "$slot" "scur qcur" | awk '{ print $1 + $2 }')
    [ "${open:-0}" -gt 0 ] && [ "$(uptime_cs)" -lt "$until" ] || break
    sleep 0.1
  done
  echo "open ${open:-0}"
  ok
}
# After a start of the router: where the slots listen, and all traffic to the live release.
do_router_up() {
  local slot
  lock
  while ! runtime "show info" >/dev/null 2>&1; do sleep 0.1; done
  for slot in $slots; do [ -n "$(in_slot "$slot")" ] && occupy "$slot" "$(in_slot "$slot")"; done
  slot=$(home_slot)
  [ -z "$slot" ] || base "$slot" | put "$DIR/slots/$slot.base"
  all_to "$slot"
  ok
}
