# A timer of systemd's own, so that it goes on when the engine, its connection and this script are gone.
later() {
  local name=$1 cs=$2
  shift 2
  systemd-run --quiet --collect --unit="$APP-$name" --on-active="$((cs * 10 + 50))ms" --timer-property=AccuracySec=50ms "$SELF" "$@" 9>&- || no failed "systemd does not take a timer"
}
arm() { later "deadman-$(uptime_cs)" "$1" deadman; }
# The timer rang: where the lease was renewed meanwhile it is set again for what is left.
do_deadman() {
  lock
  [ -e "$DIR/lease" ] || ok
  if lease_lives; then arm "$((lease_until - $(uptime_cs)))"; ok; fi
  engine_lost
  ok
}
exclusive() { grep '"kind":"rollout-began"' "$DIR/journal" 2>/dev/null | tail -n 1 | grep -q '"strategy":"recreate"'; }
# The engine gave no sign of life in time: traffic goes to the live release at once, then what it had started ends.
engine_lost() {
  local home slot
  home=$(live); slot=$(home_slot)
  if [ -z "$slot" ]; then all_to none
  elif serves "$home" "$slot" && active_all "$slot"; then all_to "$slot"
  elif exclusive; then all_to none; fi
  grep -E '^(actor|version|rollout|since) ' "$DIR/lease" | put "$DIR/lost"
  own_entry "{\"actor\":$(field lost actor),\"kind\":\"engine-lost\",\"live\":$([ -n "$home" ] && echo "\"$(id_of "$home")\"" || echo null),\"reason\":\"the engine gave no sign of life for $(($(field lease ttl) / 1000)) s\",\"rollout\":$(field lost rollout),\"since\":$(field lost since),\"version\":$(field lost version)}"
  rm -f "$DIR/lease"
  # What it ran by hand ends with it.
  systemctl stop --no-block "$APP-exec-*" 2>/dev/null
  later "clear-$(uptime_cs)" 1 clear "$(cat "$DIR/token")"
}
active_all() { local at; for at in $(units_of "$1"); do active "$at" || return 1; done; }
# clear TOKEN: what the lost engine had started is drained and stopped, and the live release runs again.
do_clear() {
  local slot home grace
  lock
  [ "$(cat "$DIR/token")" = "$1" ] || ok
  home=$(live)
  if exclusive; then clear_touched; fi
  slot=$(home_slot)
  if [ -n "$slot" ] && [ ! -e "$DIR/stopped" ] && ! active_all "$slot"; then start_slot "$slot"; fi
  unlock
  grace=$(cut -d' ' -f2 "$DIR/retire" 2>/dev/null)
  for slot in $(cat "$DIR/touched" 2>/dev/null); do
    [ "$(in_slot "$slot")" = "$home" ] || ("$SELF" drain "$(in_slot "$slot")" "${grace:-10000}" >/dev/null)
  done
  lock
  [ "$(cat "$DIR/token")" = "$1" ] || ok
  clear_touched
  arrange_retirement
  ok
}
clear_touched() {
  local slot
  for slot in $(cat "$DIR/touched" 2>/dev/null); do [ "$(in_slot "$slot")" = "$(live)" ] || stop_slot "$slot"; done
  rm -f "$DIR/touched"
}
# The release that was live before stays ready for the warm window, any other that runs for nothing goes now.
arrange_retirement() {
  local home slot warm
  [ -e "$DIR/retire" ] || return 0
  home=$(home_slot); slot=$(other "${home:-none}")
  [ -n "$home" ] && [ -n "$(in_slot "$slot")" ] && runs_itself "$slot" || return 0
  warm=0
  [ "$(in_slot "$slot")" = "$(cat "$DIR/previous" 2>/dev/null)" ] && warm=$(cut -d' ' -f1 "$DIR/retire")
  echo "$(($(epoch_ms) + warm)) $(in_slot "$slot")" | put "$DIR/warm"
  later "retire-$(uptime_cs)" "$((warm / 10 + 1))" retire "$slot" "$(cat "$DIR/token")"
}
# retire SLOT TOKEN: only where nobody came since.
do_retire() {
  local release left
  lock
  [ ! -e "$DIR/lease" ] && [ "$(cat "$DIR/token")" = "$2" ] && [ "$(home_slot)" != "$1" ] && [ "$(weight_of "$1")" -eq 0 ] || ok
  release=$(in_slot "$1")
  unlock
  left=$("$SELF" drain "$release" "$(cut -d' ' -f2 "$DIR/retire")" | sed -n 's/^open //p')
  lock
  [ ! -e "$DIR/lease" ] && [ "$(cat "$DIR/token")" = "$2" ] || ok
  stop_slot "$1"
  rm -f "$DIR/warm"
  # Only the first host of a fleet has a journal of its own: this one is asked for it.
  [ "${left:-0}" -eq 0 ] || echo "$(version_of "$release") $left" | put "$DIR/left"
  own_entry "{\"kind\":\"retired\",\"leftOpen\":${left:-0},\"release\":\"$(id_of "$release")\",\"version\":\"$(version_of "$release")\"}"
  ok
}
