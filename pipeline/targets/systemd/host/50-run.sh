# Fills "chosen" of the caller, the slot for a release: its own, an empty one, or the one that is neither live nor served.
slot_for() {
  local slot home fresh=no
  slot=$(slot_of "$1"); home=$(home_slot)
  if [ -z "$slot" ]; then
    fresh=yes
    slot=$(other "${home:-green}")
    [ -z "$home" ] && [ -n "$(in_slot "$slot")" ] && [ -z "$(in_slot "$(other "$slot")")" ] && slot=$(other "$slot")
    [ "$(weight_of "$slot")" -eq 0 ] || no failed "both slots are served: there is no place for another release"
    [ -z "$(in_slot "$slot")" ] || stop_slot "$slot"
    rm -f "$DIR/slots/$slot.units"
    pointer "$DIR/slots/$slot" "../releases/$1"
    begin "$slot"
  fi
  # What runs already stays where it is; before that, today's live release decides.
  if [ $fresh = yes ] || { [ "$slot" != "$home" ] && [ "$(weight_of "$slot")" -eq 0 ] && ! runs_itself "$slot"; }; then
    share "$slot" "$1"
    occupy "$slot"
  fi
  chosen=$slot
}
# install_units SLOT [all]: units are copies of the release's, with ports and slots in them; a release in its slot keeps
# what it has, and what goes on in the live one's is left alone until this one is live.
install_units() {
  local slot=$1 all=${2:-no} release part file fill changed=0
  local -A places=()
  release=$(in_slot "$slot")
  load_places "$release" "$slot"
  mkdir -p "$DIR/environment"
  for part in "${!places[@]}"; do
    [ "$all" = all ] || [ -z "$(shared_from "$slot" "$part")" ] || continue
    file="/etc/systemd/system/$(unit "$part" "${places[$part]}")"; fill=$(filling "$part")
    # Two applications can come to one name: a of b-c, and a-b of c.
    [ ! -e "$file" ] || grep -q "^WorkingDirectory=$DIR/" "$file" || no failed "$file is another application's"
    sed "$fill" "$DIR/releases/$release/environment/$part" | (umask 077; put "$DIR/environment/$part@${places[$part]}")
    sed "$fill" "$DIR/releases/$release/units/$part.service" >"$file.new"
    if cmp -s "$file.new" "$file"; then rm -f "$file.new"; else mv -f "$file.new" "$file"; changed=1; fi
    rm -rf "$file.d"
  done
  # Who takes all of them is not done with them yet.
  [ $changed -eq 0 ] || [ "$all" = all ] || systemctl daemon-reload
}
# start TOKEN RELEASE COMPONENT
do_start() {
  held "$1"; name "$2"; name "$3"
  local slot chosen at said
  [ -e "$DIR/releases/$2/id" ] || no failed "release $2 is not placed"
  slot_for "$2"; slot=$chosen
  at=$(unit_in "$slot" "$3")
  echo "started $slot"
  active "$at" && ok
  grep -qx "$slot" "$DIR/touched" 2>/dev/null || echo "$slot" >>"$DIR/touched"
  taken "$3" "$(instance "$slot" "$3")" "$slot"
  install_units "$slot"
  systemctl reset-failed "$at" 2>/dev/null
  said=$(systemctl start "$at" 2>&1) || echo "note $(echo "$said" | head -n 1)"
  ok
}
# taken PART INSTANCE SLOT: a port that somebody else took meanwhile is no port of ours, another one is chosen.
taken() {
  local port
  port=$(port_of "$1" "$2")
  [ -n "$port" ] || return 0
  ss -Hltn "sport = :$port" | grep -q . || return 0
  sed "/^$1 $2 /d" "$DIR/ports" | put "$DIR/ports"
  ports_for "$1"
  [ "$(front_of "$(in_slot "$3")")" = "$1" ] && occupy "$3"
}
# A port for each slot of a component, chosen once: free, and nobody else's here.
ports_for() {
  local part=$1 slot port
  for slot in $slots; do
    [ -z "$(port_of "$part" "$slot")" ] || continue
    for ((port = PORTS_FROM; port <= PORTS_TO; port++)); do
      grep -q " $port$" "$DIR/ports" 2>/dev/null || grep -qs " $port$" /etc/bellwether/ports || ss -Hltn "sport = :$port" | grep -q . || break
    done
    [ "$port" -le "$PORTS_TO" ] || no failed "no port from $PORTS_FROM to $PORTS_TO is free"
    { cat "$DIR/ports" 2>/dev/null; echo "$part $slot $port"; } | put "$DIR/ports"
  done
}
# stop_slot SLOT [KEEP]: what the live release, or that of the slot KEEP, goes on with stays.
stop_slot() {
  local units
  # What others need goes last.
  units=$(own_units "$1" "${2:-}" | tac | tr '\n' ' ')
  [ -z "$units" ] || systemctl stop $units 2>/dev/null
  return 0
}
# stop TOKEN RELEASE [NEXT]: what a placed release that comes next goes on with stays.
do_stop() {
  held "$1"; name "$2"
  local slot chosen=""
  slot=$(slot_of "$2")
  [ -n "$slot" ] || ok
  [ $# -lt 3 ] || { name "$3"; slot_for "$3"; }
  stop_slot "$slot" "$chosen"
  ok
}
# What a release runs with from the moment it is live: it comes again after a crash and a boot, the other one does not.
adopt() {
  local slot=$1 at before
  install_units "$slot" all
  for at in $(units_of "$slot"); do sed -i '/^Restart=no$/d;s/^#live //' "/etc/systemd/system/$at"; done
  before=$(own_units "$(other "$slot")" "$slot")
  [ -z "$before" ] || systemctl -q --no-reload disable $before 2>/dev/null
  systemctl -q --no-reload enable $(units_of "$slot") 2>/dev/null
  systemctl daemon-reload
}
# commit TOKEN RELEASE WARM DRAIN (ms)
do_commit() {
  held "$1"; name "$2"; number "$3"; number "$4"
  local slot before
  slot=$(slot_of "$2")
  [ -n "$slot" ] || no failed "release $2 has no slot"
  before=$(live)
  [ "$before" = "$2" ] || { echo "$before" | put "$DIR/previous"; }
  pointer "$DIR/current" "releases/$2"
  echo "$3 $4" | put "$DIR/retire"
  rm -f "$DIR/stopped"
  sed -i "/^$slot$/d" "$DIR/touched" 2>/dev/null
  adopt "$slot"
  ok
}
# Waits for what a component answers on its readiness path; what listens on nothing is ready while it runs.
ready() {
  local part=$1 slot=$2 within=$3 path=$4 port until status
  port=$(port_in "$slot" "$part"); until=$(($(uptime_cs) + within * 100))
  while :; do
    [ "$path" = - ] && active "$(unit_in "$slot" "$part")" && return 0
    status=$( (exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$path" >&3 && timeout 5 head -n 1 <&3) 2>/dev/null | cut -d' ' -f2)
    [ "$path" != - ] && [ "$status" = 200 ] && return 0
    [ "$(uptime_cs)" -lt "$until" ] || return 1
    sleep 0.2
  done
}
# Starts the release of a slot, wave by wave, each once the one before it is ready.
start_slot() {
  local slot=$1 release wave part rest within path
  release=$(in_slot "$slot")
  adopt "$slot"
  for wave in $(parts_of "$release" | awk '{ print $2 }' | sort -nu); do
    for part in $(parts_of "$release" | awk -v w="$wave" '$2 == w { print $1 }'); do
      systemctl reset-failed "$(unit_in "$slot" "$part")" 2>/dev/null
      systemctl start "$(unit_in "$slot" "$part")" 2>/dev/null
    done
    parts_of "$release" | awk -v w="$wave" '$2 == w { print $1, $5, $6 }' | while read -r part within path; do
      ready "$part" "$slot" "$within" "$path" || { echo "$part"; break; }
    done | { read -r part && { echo "note $part is not ready"; return 1; }; return 0; } || return 1
  done
  occupy "$slot"
  all_to "$slot"
}
# operate ACTION COMPONENT|- : a person's word between rollouts; who, as a JSON text, on standard input.
do_operate() {
  name "$1"
  local home slot at who
  read -r who
  [[ $who =~ ^\"([^\"\\]|\\.)*\"$ ]] || no bad "nobody is named"
  lock
  if lease_lives; then sed 's/^/held /' "$DIR/lease"; no held; fi
  home=$(live); slot=$(home_slot)
  [ -n "$slot" ] || no nothing-live
  if [ "$2" != - ]; then
    name "$2"
    parts_of "$home" | grep -q "^$2 " || no unknown "$(parts_of "$home" | cut -d' ' -f1 | tr '\n' ' ')"
    at=$(unit_in "$slot" "$2")
    systemctl reset-failed "$at" 2>/dev/null
    systemctl "$1" "$at" || no failed "systemctl $1 $at failed: $(systemctl show -P Result "$at")"
    own_entry "{\"action\":\"$1\",\"actor\":$who,\"component\":\"$2\",\"kind\":\"operated\"}"
    ok
  fi
  case "$1" in
    stop) all_to none; sleep 0.2; stop_slot "$slot"; touch "$DIR/stopped"; systemctl -q disable $(units_of "$slot") 2>/dev/null ;;
    restart) all_to none; sleep 0.2; stop_slot "$slot"; start_slot "$slot" || no failed "it did not come up again" ;;
    *) rm -f "$DIR/stopped"; start_slot "$slot" || no failed "it did not come up" ;;
  esac
  own_entry "{\"action\":\"$1\",\"actor\":$who,\"component\":null,\"kind\":\"operated\"}"
  ok
}
