# What of a release is as it is in the live one goes on in the unit where it runs: nothing of it is restarted. By slot,
# lines in slots/SLOT.units: COMPONENT INSTANCE, and where it goes on the directory of the release that it runs from.
# Directory of the release that a process runs in, and that of a unit's.
ran_in() { local at; at=$(readlink "/proc/$1/cwd"); at=${at#"$DIR/releases/"}; echo "${at%%/*}"; }
runs_from() { local pid; pid=$(systemctl show -P MainPID "$1"); [ "${pid:-0}" = 0 ] || ran_in "$pid"; }
shared_from() { local part at from; while read -r part at from; do [ "$part" = "$2" ] && echo "$from" && return; done 2>/dev/null <"$DIR/slots/$1.units"; }
# Units of a slot's release, but for those of the live one, or of the slot that is named.
own_units() {
  local keep=${2:-$(home_slot)}
  if [ -z "$keep" ] || [ "$keep" = "$1" ]; then units_of "$1"; else units_of "$1" | grep -vxF -f <(units_of "$keep"); fi
}
runs_itself() { local at; for at in $(own_units "$1"); do active "$at" && return; done; return 1; }

# Fills "places" of the caller: the instance of each part of a slot's release.
load_places() { local part; for part in $(names_of "$1"); do places[$part]=$(instance "$2" "$part"); done; }
# What stands for the slot and the ports in a part's files, by the caller's "places".
filling() {
  local part fill="s/@SLOT@/${places[$1]}/g"
  for part in "${!places[@]}"; do fill="$fill;s/@PORT:$part@/$(port_of "$part" "${places[$part]}")/g;s/@AT:$part@/${places[$part]}/g"; done
  echo "$fill"
}
# A unit without what is another one in each release and means the same: its directory, its name, the order of a boot.
plain() { sed "s#$DIR/releases/[^/]*/#$DIR/releases/-/#g;/^Description=/d;/^After=/d;/^Restart=/d;/^#live /d" "$1"; }
# Whether a release's part would be started with just what runs there: code, command, values, secrets, limits.
alike() {
  local at fill
  at="/etc/systemd/system/$(unit "$2" "$3")"; fill=$(filling "$2")
  [ ! -e "$at.d" ] && active "$(unit "$2" "$3")" &&
    sed "$fill" "$DIR/releases/$1/environment/$2" | cmp -s - "$DIR/environment/$2@$3" &&
    sed "$fill" "$DIR/releases/$1/units/$2.service" | plain - | cmp -s - <(plain "$at")
}
# share SLOT RELEASE: what names the port of a part that changes is changed by that, and so on.
share() {
  local slot=$1 release=$2 from part again=yes
  local -A places=() kept=()
  from=$(home_slot)
  for part in $(names_of "$release"); do places[$part]=$slot; done
  if [ -n "$from" ] && [ "$from" != "$slot" ]; then
    for part in $(names_of "$(live)"); do
      [ -z "${places[$part]:-}" ] || { places[$part]=$(instance "$from" "$part"); kept[$part]=yes; }
    done
  fi
  while [ $again = yes ]; do
    again=no
    for part in "${!kept[@]}"; do
      alike "$release" "$part" "${places[$part]}" && continue
      places[$part]=$(other "${places[$part]}"); unset "kept[$part]"; again=yes
    done
  done
  for part in "${!places[@]}"; do echo "$part ${places[$part]} ${kept[$part]:+$(runs_from "$(unit "$part" "${places[$part]}")")}"; done | put "$DIR/slots/$slot.units"
}
