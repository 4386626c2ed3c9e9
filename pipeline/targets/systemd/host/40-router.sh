# What splits the traffic: none, haproxy (41) or nginx (42), which have the same functions.
router_socket=/run/$APP-router/admin.sock
by_router() { local what=$1; shift; [ "$ROUTER" = none ] || "${ROUTER}_$what" "$@"; }
# Where a slot's release is asked.
door_of() { local release; release=$(in_slot "$1") && port_in "$1" "$(front_of "$release")"; }
occupy() { local port; port=$(door_of "$1"); [ -z "$port" ] || by_router occupy "$1" "$port"; }
# The figures from which a release's own are counted: what the slot had before it.
begin() { [ "$ROUTER" = none ] || "${ROUTER}_begin" "$1" | put "$DIR/slots/$1.base"; }
# weights BLUE GREEN (as the router counts) SHARES (as people do)
weights() { by_router weights "$1" "$2" && echo "$1 $2 $3" | put "$DIR/router/weights"; }
# All traffic to one slot, or to none; a host that never had any has none to give.
whole() { case "$1" in blue) echo 100 0 100,0 ;; green) echo 0 100 0,100 ;; *) echo 0 0 0,0 ;; esac; }
all_to() {
  [ "$ROUTER" != none ] || [ -e "$DIR/router/weights" ] || return 0
  weights $(whole "$1")
}
weight_of() { awk -v c="$([ "$1" = blue ] && echo 1 || echo 2)" '{ print $c }' "$DIR/router/weights" 2>/dev/null || echo 0; }

# shift TOKEN SHARES WEIGHTS RELEASE... : two numbers each, the first release's first.
do_shift() {
  local token=$1 shares=$2 numbers=$3 blue=0 green=0 bs=0 gs=0 i=0 release slot weight share
  local -A released=() parts=() at=() from=() ports=()
  shift 3
  [[ $shares,$numbers =~ ^[0-9.,]+$ ]] || no bad "$shares $numbers are no weights"
  IFS=, read -r -a numbers <<<"$numbers"; IFS=, read -r -a shares <<<"$shares"
  held "$token"
  load_slots
  for release in "$@"; do
    name "$release"
    weight=${numbers[i]:-}; share=${shares[i]:-}; i=$((i + 1))
    number "$weight"
    slot=""
    [ "${released[blue]:-}" != "$release" ] || slot=blue
    [ "${released[green]:-}" != "$release" ] || slot=green
    [ "$weight" -eq 0 ] || { [ -n "$slot" ] && serves "$release" "$slot"; } || no failed "$(version_of "$release") does not run"
    case "$slot" in blue) blue=$weight bs=$share ;; green) green=$weight gs=$share ;; esac
  done
  weights "$blue" "$green" "$bs,$gs" || no failed "$ROUTER did not take the weights"
  ok
}
# statistics LAST: the router's figures, and the lines of its log after the one with this number (all, where it is gone).
do_statistics() {
  local slot
  [ "$ROUTER" != none ] || ok
  for slot in $slots; do [ -n "$(in_slot "$slot")" ] && echo "base $slot $(in_slot "$slot") $(cat "$DIR/slots/$slot.base" 2>/dev/null)"; done
  by_router statistics "$1"
  ok
}
# drain RELEASE LIMIT(ms)
do_drain() {
  name "$1"; number "$2"
  local slot open
  slot=$(slot_of "$1")
  [ -n "$slot" ] || { echo "open 0"; ok; }
  [ "$(weight_of "$slot")" -eq 0 ] || no failed "$(version_of "$1") still gets traffic"
  open=$(by_router drain "$slot" $(($(uptime_cs) + $2 / 10)))
  echo "open ${open:-0}"
  ok
}
# Before a start of the router, and after it: where the slots listen, and all traffic to the live release.
do_router_prepare() { lock; by_router prepare; ok; }
do_router_up() {
  local slot
  lock
  by_router await
  for slot in $slots; do [ -z "$(in_slot "$slot")" ] || occupy "$slot"; done
  slot=$(home_slot)
  [ -z "$slot" ] || begin "$slot"
  all_to "$slot"
  ok
}
