# What is known when it is installed stands above: APP DIR RUN_AS ROUTER PORTS_FROM PORTS_TO SELF PROTOCOL.
# Every answer ends with a line ".ok" or ".no KIND WORDS"; without one the caller knows that it was cut off.
set -u
umask 022
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

ok() { echo ".ok"; exit 0; }
no() { echo ".no $*"; exit 0; }

# Names that become files, units and parts of commands: nothing else is ever put into one.
name() { [[ $1 =~ ^[A-Za-z0-9][A-Za-z0-9._+-]*$ ]] || no bad "$1 cannot be a name here"; }
number() { [[ $1 =~ ^[0-9]{1,15}$ ]] || no bad "$1 is no whole number"; }

lock() { exec 9>>"$DIR/lock" && flock -w 20 9 || no busy "the lock of $DIR was not to be had within 20 s"; }
unlock() { exec 9>&-; }

# Hundredths of a second since the boot: a clock that nobody sets.
tick() { local up rest; read -r up rest </proc/uptime; now=${up/./}; }
uptime_cs() { local now; tick; echo "$now"; }
boot_id() { local id; read -r id </proc/sys/kernel/random/boot_id; echo "$id"; }
epoch_ms() { date +%s%3N; }

# A file appears whole or not at all.
put() { cat >"$1.new" && sync "$1.new" && mv -f "$1.new" "$1"; }
# One line that mostly stands there already.
stays() { local line=""; read -r line 2>/dev/null <"$DIR/$1"; [ "$line" = "$2" ] || echo "$2" | put "$DIR/$1"; }
pointer() { ln -sfn "$2" "$1.new" && mv -fT "$1.new" "$1"; }
send() { local line; echo "file $1"; while IFS= read -r line || [ -n "$line" ]; do echo ":$line"; done < <(base64 -w 8000 "$2" 2>/dev/null); }

slots="blue green"
other() { [ "$1" = blue ] && echo green || echo blue; }
# Name of the directory of a release in a slot, or of the live one; nothing where there is none.
in_slot() { local at; at=$(readlink "$DIR/slots/$1") && echo "${at##*/}"; }
live() { local at; at=$(readlink "$DIR/current") && echo "${at##*/}"; }
slot_of() { local slot; for slot in $slots; do [ "$(in_slot "$slot")" = "$1" ] && echo "$slot" && return; done; }
id_of() { cat "$DIR/releases/$1/id" 2>/dev/null; }
version_of() { cat "$DIR/releases/$1/version" 2>/dev/null; }
# Lines of a release: COMPONENT WAVE PORT(yes|no) FRONT(yes|no) WITHIN(s) READY-PATH; in the order of their start.
parts_of() { cat "$DIR/releases/$1/components" 2>/dev/null; }
names_of() { local part rest; while read -r part rest; do echo "$part"; done 2>/dev/null <"$DIR/releases/$1/components"; }
home_slot() { local home; home=$(live) && slot_of "$home"; }
unit() { echo "$APP-$1@$2.service"; }
# Which of its two units (blue, green) a part of a slot's release has: the slot's own, but where 45-share says otherwise.
instance() {
  local part at rest
  while read -r part at rest; do [ "$part" = "$2" ] && echo "$at" && return; done 2>/dev/null <"$DIR/slots/$1.units"
  echo "$1"
}
unit_in() { unit "$2" "$(instance "$1" "$2")"; }
units_of() { local part; for part in $(names_of "$(in_slot "$1")"); do unit_in "$1" "$part"; done; }
front_of() { local part wave port front rest; while read -r part wave port front rest; do [ "$front" = yes ] && echo "$part" && return; done 2>/dev/null <"$DIR/releases/$1/components"; }
# port_of PART INSTANCE, port_in SLOT PART
port_of() { local part at port; while read -r part at port; do [ "$part $at" = "$1 $2" ] && echo "$port" && return; done 2>/dev/null <"$DIR/ports"; }
port_in() { port_of "$2" "$(instance "$1" "$2")"; }
# All of that in one go, for what is asked often: fills the caller's "released" (by slot, and "live"), "parts" (by slot),
# "at" and "from" (by "SLOT PART": instance, and directory where it goes on) and "ports" (by "PART INSTANCE").
load_slots() {
  local slot part one rest found=() links=()
  for slot in $slots; do [ ! -L "$DIR/slots/$slot" ] || { found+=("$slot"); links+=("$DIR/slots/$slot"); }; done
  [ ! -L "$DIR/current" ] || { found+=(live); links+=("$DIR/current"); }
  [ ${#links[@]} -eq 0 ] || while read -r one; do released[${found[0]}]=${one##*/}; found=("${found[@]:1}"); done < <(readlink "${links[@]}")
  for slot in $slots; do
    [ -n "${released[$slot]:-}" ] || continue
    while read -r part rest; do parts[$slot]="${parts[$slot]:-}$part "; at["$slot $part"]=$slot; done 2>/dev/null <"$DIR/releases/${released[$slot]}/components"
    while read -r part one rest; do at["$slot $part"]=$one; from["$slot $part"]=$rest; done 2>/dev/null <"$DIR/slots/$slot.units"
  done
  while read -r part one rest; do ports["$part $one"]=$rest; done 2>/dev/null <"$DIR/ports"
}
active() { [ "$(systemctl show -P ActiveState "$1")" = active ]; }
# What takes traffic runs; a release that listens on nothing takes none.
serves() { local front; front=$(front_of "$1"); [ -z "$front" ] || active "$(unit_in "$2" "$front")"; }
