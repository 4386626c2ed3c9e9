# A slot for a release: its own, an empty one, or the one that is neither live nor served.
slot_for() {
  local slot home
  slot=$(slot_of "$1")
  if [ -z "$slot" ]; then
    home=$(live); home=$(slot_of "${home:-none}")
    slot=$(other "${home:-green}")
    [ -z "$home" ] && [ -n "$(in_slot "$slot")" ] && [ -z "$(in_slot "$(other "$slot")")" ] && slot=$(other "$slot")
    [ "$(weight_of "$slot")" -eq 0 ] || no failed "both slots are served: there is no place for another release"
    [ -z "$(in_slot "$slot")" ] || stop_slot "$slot"
    pointer "$DIR/slots/$slot" "../releases/$1"
    [ "$ROUTER" = haproxy ] && { base "$slot" | put "$DIR/slots/$slot.base"; occupy "$slot" "$1"; }
  fi
  echo "$slot"
}
# Units are copies of the release's, with the slot's names and ports in them; a release in its slot keeps what it has.
install_units() {
  local release=$1 slot=$2 part rest file changed=0 fill="s/@SLOT@/$2/g"
  for part in $(parts_of "$release" | cut -d' ' -f1); do fill="$fill;s/@PORT:$part@/$(port_of "$part" "$slot")/g"; done
  for part in $(parts_of "$release" | cut -d' ' -f1); do
    file="/etc/systemd/system/$(unit "$part" "$slot")"
    # Two applications can come to one name: a of b-c, and a-b of c.
    [ ! -e "$file" ] || grep -q "^WorkingDirectory=$DIR/" "$file" || no failed "$file is another application's"
    mkdir -p "$DIR/environment"
    sed "$fill" "$DIR/releases/$release/environment/$part" | (umask 077; put "$DIR/environment/$part@$slot")
    sed "$fill" "$DIR/releases/$release/units/$part.service" >"$file.new"
    if cmp -s "$file.new" "$file"; then rm -f "$file.new"; else mv -f "$file.new" "$file"; changed=1; fi
    rm -rf "$file.d"
  done
  [ $changed -eq 0 ] || systemctl daemon-reload
}
# start TOKEN RELEASE COMPONENT
do_start() {
  held "$1"; name "$2"; name "$3"
  local slot at said
  [ -e "$DIR/releases/$2/id" ] || no failed "release $2 is not placed"
  slot=$(slot_for "$2") || { echo "$slot"; exit 0; }
  [[ $slot == .no* ]] && { echo "$slot"; exit 0; }
  at=$(unit "$3" "$slot")
  echo "started $slot"
  active "$at" && ok
  grep -qx "$slot" "$DIR/touched" 2>/dev/null || echo "$slot" >>"$DIR/touched"
  taken "$3" "$slot"
  install_units "$2" "$slot"
  systemctl reset-failed "$at" 2>/dev/null
  said=$(systemctl start "$at" 2>&1) || echo "note $(echo "$said" | head -n 1)"
  ok
}
# A port that somebody else took meanwhile is no port of ours: another one is chosen.
taken() {
  local port
  port=$(port_of "$1" "$2")
  [ -n "$port" ] || return 0
  ss -Hltn "sport = :$port" | grep -q . || return 0
  sed "/^$1 $2 /d" "$DIR/ports" | put "$DIR/ports"
  ports_for "$1"
  [ "$(front_of "$(in_slot "$2")")" = "$1" ] && occupy "$2" "$(in_slot "$2")"
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
stop_slot() {
  local release units
  release=$(in_slot "$1")
  # What others need goes last.
  units=$(units_of "$release" "$1" | tac | tr '\n' ' ')
  [ -z "$units" ] || systemctl stop $units 2>/dev/null
  return 0
}
# stop TOKEN RELEASE
do_stop() {
  held "$1"; name "$2"
  local slot
  slot=$(slot_of "$2")
  [ -z "$slot" ] || stop_slot "$slot"
  ok
}
# What a release runs with from the moment it is live: it comes again after a crash and a boot, the other one does not.
adopt() {
  local slot=$1 part file
  for part in $(parts_of "$(in_slot "$slot")" | cut -d' ' -f1); do
    file="/etc/systemd/system/$(unit "$part" "$slot")"
    sed -i '/^Restart=no$/d;s/^#live //' "$file"
  done
  systemctl daemon-reload
  systemctl -q enable $(units_of "$(in_slot "$slot")" "$slot") 2>/dev/null
  [ -z "$(in_slot "$(other "$slot")")" ] || systemctl -q disable $(units_of "$(in_slot "$(other "$slot")")" "$(other "$slot")") 2>/dev/null
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
  port=$(port_of "$part" "$slot"); until=$(($(uptime_cs) + within * 100))
  while :; do
    [ "$path" = - ] && active "$(unit "$part" "$slot")" && return 0
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
  install_units "$release" "$slot"; adopt "$slot"
  for wave in $(parts_of "$release" | awk '{ print $2 }' | sort -nu); do
    for part in $(parts_of "$release" | awk -v w="$wave" '$2 == w { print $1 }'); do
      systemctl reset-failed "$(unit "$part" "$slot")" 2>/dev/null
      systemctl start "$(unit "$part" "$slot")" 2>/dev/null
    done
    parts_of "$release" | awk -v w="$wave" '$2 == w { print $1, $5, $6 }' | while read -r part within path; do
      ready "$part" "$slot" "$within" "$path" || { echo "$part"; break; }
    done | { read -r part && { echo "note $part is not ready"; return 1; }; return 0; } || return 1
  done
  [ "$ROUTER" = haproxy ] && { occupy "$slot" "$release"; }
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
  home=$(live); slot=$(slot_of "${home:-none}")
  [ -n "$slot" ] || no nothing-live
  if [ "$2" != - ]; then
    name "$2"
    parts_of "$home" | grep -q "^$2 " || no unknown "$(parts_of "$home" | cut -d' ' -f1 | tr '\n' ' ')"
    at=$(unit "$2" "$slot")
    systemctl reset-failed "$at" 2>/dev/null
    systemctl "$1" "$at" || no failed "systemctl $1 $at failed: $(systemctl show -P Result "$at")"
    own_entry "{\"action\":\"$1\",\"actor\":$who,\"component\":\"$2\",\"kind\":\"operated\"}"
    ok
  fi
  case "$1" in
    stop) all_to none; sleep 0.2; stop_slot "$slot"; touch "$DIR/stopped"; systemctl -q disable $(units_of "$home" "$slot") 2>/dev/null ;;
    restart) all_to none; sleep 0.2; stop_slot "$slot"; start_slot "$slot" || no failed "it did not come up again" ;;
    *) rm -f "$DIR/stopped"; start_slot "$slot" || no failed "it did not come up" ;;
  esac
  own_entry "{\"action\":\"$1\",\"actor\":$who,\"component\":null,\"kind\":\"operated\"}"
  ok
}
