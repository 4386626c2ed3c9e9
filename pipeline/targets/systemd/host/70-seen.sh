# Values of secrets never leave: each line of one is replaced in what is shown.
redact() {
  awk -v files="$(ls "$DIR"/releases/*/redact 2>/dev/null | tr '\n' ' ')" '
    BEGIN { count = split(files, from, " "); for (i = 1; i <= count; i++) while ((getline line <from[i]) > 0) if (length(line) > 3 && !(line in known)) { known[line]; secret[++n] = line } }
    { for (i = 1; i <= n; i++) { out = ""; rest = $0; while ((p = index(rest, secret[i])) > 0) { out = out substr(rest, 1, p - 1) "***"; rest = substr(rest, p + length(secret[i])) } $0 = out rest } print; fflush() }'
}
do_hello() {
  echo "protocol $PROTOCOL"
  echo "directory $DIR"
  echo "arch $(uname -m)"
  echo "technology $ROUTER"
  by_router version
  touch "$DIR/.writable" 2>/dev/null && rm -f "$DIR/.writable" && echo "writable yes"
  ok
}
# Each line of a file behind these words.
lines() { local line; while IFS= read -r line; do echo "$1 $line"; done 2>/dev/null <"$2"; }
# observe: everything that is there, in one look. It is asked often: few programs are started for it.
do_observe() {
  local slot release path id version
  local -A shown=() released=() parts=() at=() from=() ports=() cwd=()
  lock
  load_slots
  release=${released[live]:-}
  [ -z "$release" ] || { id=""; read -r id 2>/dev/null <"$DIR/releases/$release/id"; echo "live $release $id"; }
  [ ! -e "$DIR/lease" ] || { lines lease "$DIR/lease"; lease_lives && echo "lease lives"; lines asked "$DIR/asked"; }
  [ "${1:-none}" != none ] && [ -e "$DIR/promotions" ] && [ "${lease_token:-}" = "$1" ] && lines promotion "$DIR/promotions" && rm -f "$DIR/promotions"
  lines warm "$DIR/warm"
  lines left "$DIR/left"
  lines weights "$DIR/router/weights"
  by_router weighs
  for path in "$DIR"/releases/*/id; do
    [ -e "$path" ] || continue
    read -r id <"$path"; path=${path%/id}; read -r version <"$path/version"; release=${path##*/}
    echo "release $release $id $version"
    lines "secret $release" "$path/secrets"; lines "part $release" "$path/components"; lines "exposure $release" "$path/exposure"
  done
  show_units
  for slot in $slots; do
    [ -n "${released[$slot]:-}" ] || continue
    echo "slot $slot ${released[$slot]}"
    seen_units "${released[$slot]}" "$slot"
  done
  ok
}
# Fills "shown" and "cwd" of the caller: what systemd says of the units of both slots, by UNIT PROPERTY, and where their
# processes run, by pid.
show_units() {
  local line id="" block=() units="" slot part pids=()
  for slot in $slots; do for part in ${parts[$slot]:-}; do units="$units $APP-$part@${at["$slot $part"]}.service"; done; done
  [ -n "$units" ] || return 0
  while IFS= read -r line; do
    if [ -n "$line" ]; then
      block+=("$line"); [[ $line != Id=* ]] || id=${line#Id=}
    else
      for line in "${block[@]}"; do shown["$id ${line%%=*}"]=${line#*=}; done
      block=()
    fi
  done < <(systemctl show -p Id,InvocationID,ActiveState,SubState,MainPID,ExecMainPID,ExecMainCode,ExecMainStatus,Result,NRestarts,ExecMainStartTimestamp,CPUUsageNSec,MemoryCurrent --timestamp=unix $units; echo)
  for line in "${!shown[@]}"; do [[ $line != *" MainPID" ]] || [ "${shown[$line]}" = 0 ] || pids+=("/proc/${shown[$line]}/cwd"); done
  [ ${#pids[@]} -eq 0 ] || while read -r id line; do cwd[${id#/proc/}]=$line; done < <(cwd_of "${pids[@]}")
}
# A process that is gone meanwhile has none.
cwd_of() { find "$@" -maxdepth 0 -printf '%h %l\n' 2>/dev/null; }
seen_units() {
  local part unit pid key value said runs
  for part in ${parts[$2]:-}; do
    unit="$APP-$part@${at["$2 $part"]}.service"; said="unit $2 $part"
    for key in ActiveState SubState MainPID ExecMainPID ExecMainCode ExecMainStatus Result NRestarts ExecMainStartTimestamp CPUUsageNSec MemoryCurrent; do
      value=${shown["$unit $key"]:--}
      [[ $value != \[* ]] || value=-
      said="$said $value"
    done
    echo "$said"
    echo "port $2 $part ${ports["$part ${at["$2 $part"]}"]:-}"
    [ "${at["$2 $part"]}" != "${at["$(other "$2") $part"]:-}" ] || echo "shared $part"
    pid=${shown["$unit MainPID"]:-0}
    if [ "$pid" != 0 ]; then
      runs=${cwd[$pid]:-}; runs=${runs#"$DIR/releases/"}; runs=${runs%%/*}
      [ -z "$runs" ] || [ "$runs" != "${from["$2 $part"]:-}" ] || runs=$1
      echo "runs $2 $part $runs"
    fi
    case "${shown["$unit ActiveState"]:-inactive}/${shown["$unit SubState"]:-dead}" in
      */auto-restart) ;;
      active/*|activating/*|reloading/*) [ "$pid" = 0 ] || continue ;;
    esac
    last_lines "$unit" 20 | sed "s/^/log $2 $part /"
  done
}
# Of its last start alone: what a release before printed in the same slot explains nothing. A process that is gone before
# the journal reads its lines has no invocation there: its number stands for it.
last_lines() {
  local pid=${shown["$1 ExecMainPID"]:-0}
  [ "$pid" != 0 ] || return 0
  journalctl --sync 2>/dev/null
  journalctl -q --no-pager -b -n "$2" -o cat _TRANSPORT=stdout "_SYSTEMD_INVOCATION_ID=${shown["$1 InvocationID"]:-none}" + \
    _TRANSPORT=stdout "_SYSTEMD_UNIT=$1" "_PID=$pid" 2>/dev/null | redact
}
# releases: what can be started again, and what is only known.
do_releases() {
  local at release
  for at in "$DIR"/releases/*/release.json; do [ -e "$at" ] && echo "at $(stat -c %.6Y "$at")" && send kept "$at"; done
  for at in "$DIR"/records/*.json; do release=${at##*/}; [ -e "$at" ] && [ ! -e "$DIR/releases/${release%.json}" ] && send gone "$at"; done
  ok
}
# drift: files of releases, units and what stands beside them, weights; by whom is not known.
do_drift() {
  local release slot part file path home=""
  local -A places=() released=() parts=() at=() from=() ports=()
  lock
  load_slots
  for path in "$DIR"/releases/*/id; do
    [ -e "$path" ] || continue
    path=${path%/id}; changed "${path##*/}" | sed "s/^/file ${path##*/} /"
  done
  for slot in $slots; do [ -z "${released[live]:-}" ] || [ "${released[live]}" != "${released[$slot]:-}" ] || home=$slot; done
  for slot in $slots; do
    release=${released[$slot]:-}
    [ -n "$release" ] && [ -e "$DIR/releases/$release/id" ] || continue
    places=(); for part in ${parts[$slot]:-}; do places[$part]=${at["$slot $part"]}; done
    for part in "${!places[@]}"; do
      # Where two releases have one unit it is the live one's.
      [ -n "$home" ] && [ "$slot" != "$home" ] && [ "${places[$part]}" = "${at["$home $part"]:-}" ] && continue
      file="/etc/systemd/system/$APP-$part@${places[$part]}.service"
      [ -e "$file" ] || { runs_itself "$slot" && echo "unit $release $part missing"; continue; }
      sed "$(filling "$part");/^Restart=/d;/^#live /d" "$DIR/releases/$release/units/$part.service" |
        cmp -s - <(sed '/^Restart=/d;/^#live /d' "$file") || echo "unit $release $part changed"
      for path in "$file.d"/*.conf; do [ -e "$path" ] && echo "unit $release $part drop-in:${path##*/}"; done
    done
  done
  ok
}
# logs LINES COMPONENT|- FOLLOW(yes|no): of the slots that run and of the live one, as systemd's JSON.
do_logs() {
  number "$1"
  local slot release part at units="" follow=""
  for slot in $slots; do
    release=$(in_slot "$slot")
    [ -n "$release" ] || continue
    runs_itself "$slot" || [ "$release" = "$(live)" ] || continue
    for at in $(own_units "$slot"); do
      part=${at#"$APP-"}; part=${part%@*}
      [ "$2" = - ] || [ "$2" = "$part" ] || continue
      echo "of $at $part $(version_of "$release")"
      units="$units -u $at"
    done
  done
  [ "$3" = yes ] && follow=-f
  # What was printed until now is there.
  journalctl --sync 2>/dev/null
  [ -z "$units" ] || journalctl -q --no-pager $units -n "$1" $follow -o json --output-fields=MESSAGE,_SYSTEMD_UNIT _TRANSPORT=stdout | redact | sed -u 's/^/line /'
  ok
}
# reach KIND HOST PORT ANSWER... : whether a service can be had from this host (tcp, http path, redis, postgres).
do_reach() {
  local said
  [[ $2 =~ ^[A-Za-z0-9._:-]+$ ]] || no bad "$2 is no address"
  number "$3"
  case "$1" in
    tcp) timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3" 2>/dev/null || no failed "no connection to $2:$3 within 5 s" ;;
    redis) said=$(timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"; printf "PING\r\n" >&3; head -n 1 <&3' "$2" "$3" 2>/dev/null); [[ $said == +PONG* || $said == -NOAUTH* ]] || no failed "$2:$3 does not answer as Redis: ${said:-nothing}" ;;
    postgres) said=$(timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"; printf "\0\0\0\10\4\322\26\57" >&3; head -c 1 <&3' "$2" "$3" 2>/dev/null); [[ $said == [SN] ]] || no failed "$2:$3 does not answer as PostgreSQL" ;;
    http) said=$(timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"; printf "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" "$2" "$0" >&3; head -n 1 <&3' "$2" "$3" "${4:-/}" 2>/dev/null); [[ $said == HTTP/*\ [1-4]* ]] || no failed "$2:$3 answers: ${said:-nothing}" ;;
    *) no bad "$1 cannot be asked" ;;
  esac
  ok
}
# load: shares of processor (over 0.2 s), memory and disk in use, in thousandths.
do_load() {
  local before after memory disk
  before=$(head -n 1 /proc/stat); sleep 0.2; after=$(head -n 1 /proc/stat)
  memory=$(awk '/^MemTotal/ { t = $2 } /^MemAvailable/ { a = $2 } END { printf "%d", (1 - a / t) * 1000 }' /proc/meminfo)
  disk=$(df -B1 --output=size,avail "$DIR" | awk 'NR == 2 { printf "%d", (1 - $2 / $1) * 1000 }')
  echo "load $(printf '%s\n%s\n' "$before" "$after" | awk '{ all = 0; for (i = 2; i <= 9; i++) all += $i; idle = $5 + $6 } NR == 1 { a = all; b = idle } NR == 2 { d = all - a; printf "%d", d > 0 ? (1 - (idle - b) / d) * 1000 : 0 }') $memory $disk"
  ok
}
