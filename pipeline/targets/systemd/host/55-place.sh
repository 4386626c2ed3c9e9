# prepare RELEASE: what it would need here; standard input names its components and blobs ("part NAME", "blob DIGEST").
do_prepare() {
  name "$1"
  local what value
  lock
  # What only shows the salt is made once and never leaves the hosts.
  [ -s "$DIR/salt" ] || head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' | (umask 077; put "$DIR/salt")
  echo "salt $(cat "$DIR/salt")"
  [ ! -e "$DIR/releases/$1/id" ] || echo "placed $(changed "$1" | wc -l)"
  while read -r what value; do
    case "$what" in
      part) name "$value"; ports_for "$value" ;;
      blob) name "$value"; [ -e "$DIR/blobs/$value" ] || echo "missing $value" ;;
    esac
  done
  ok
}
# blob TOKEN SHA256 SIZE: its bytes on standard input; it appears when all of it is there and is what it should be.
do_blob() {
  name "$2"; number "$3"
  held "$1"; unlock
  local part="$DIR/blobs/.$2.$$"
  trap 'rm -f "$part"' EXIT
  head -c "$3" >"$part" || no failed "the blob cannot be written: $(df -h --output=avail "$DIR" | tail -n 1) left"
  [ "$(sha256sum "$part" | cut -d' ' -f1)" = "$2" ] || no failed "blob ${2:0:12} came with other bytes than its digest says"
  sync "$part" && mv -f "$part" "$DIR/blobs/$2" || no failed "the blob cannot be written"
  ok
}
# Only lines that a unit of a component may have: the caller need not be root, and must not become it by a unit.
sound_unit() {
  awk -v user="$RUN_AS" -v dir="$DIR/" '
    /^(#live )?$/ || /^\[(Unit|Service|Install)\]$/ || /^#[^l]/ { next }
    { line = $0; sub(/^#live /, "", line); key = line; sub(/=.*/, "", key); value = substr(line, length(key) + 2) }
    key == "User" || key == "Group" { if (value != user) bad = line; next }
    key ~ /^(ExecStart)$/ { if (value ~ /^[-+!:@|]/) bad = line; next }
    key ~ /^(EnvironmentFile|WorkingDirectory|ReadWritePaths)$/ { sub(/^-/, "", value); if (index(value, dir) != 1 || value ~ /\.\./) bad = line; next }
    key ~ /^(Description|After|Type|Restart|RestartSec|TimeoutStopSec|TimeoutStartSec|KillMode|KillSignal|UMask|NoNewPrivileges|Protect[A-Za-z]+|Private[A-Za-z]+|Restrict[A-Za-z]+|LockPersonality|MemoryDenyWriteExecute|RemoveIPC|CapabilityBoundingSet|AmbientCapabilities|SystemCall[A-Za-z]+|KeyringMode|SyslogIdentifier|StandardOutput|StandardError|WantedBy|Memory[A-Za-z]+|CPU[A-Za-z]+|IO[A-Za-z]+|Limit[A-Z]+|Nice|OOMScoreAdjust|TasksMax|NUMA[A-Za-z]+|TimerSlackNSec|Slice|StartLimit[A-Za-z]+|DevicePolicy|ProcSubset)$/ { if (key == "AmbientCapabilities" && value !~ /^(CAP_NET_BIND_SERVICE|CAP_SYS_NICE|CAP_IPC_LOCK| )*$/) bad = line; next }
    { bad = line }
    END { if (bad != "") { print bad; exit 1 } }' "$1"
}
# Takes a layer into a directory as OCI image-spec 1.1 (layer.md, "Whiteouts") has it.
layer() {
  local blob=$1 root=$2 gone at
  tar -tf "$blob" 2>/dev/null | grep -E '(^|/)\.wh\.' | while read -r gone; do
    at=$(realpath -m "$root/$(dirname "$gone")")
    [[ $at/ == "$root"/* ]] || continue
    if [ "${gone##*/}" = .wh..wh..opq ]; then find "$at" -mindepth 1 -delete 2>/dev/null
    else gone=${gone##*/}; rm -rf "${at:?}/${gone#.wh.}"; fi
  done
  tar -xpf "$blob" -C "$root" --no-same-owner --exclude='.wh.*'
}
# Files of a release that are not as they were placed.
changed() { (cd "$DIR/releases/$1" && sha256sum --quiet -c files.sha256 2>/dev/null | sed -n 's/: FAILED.*//p'); }

# place TOKEN RELEASE: its small files as a tar, in base64, on standard input; its layers are there as blobs.
do_place() {
  held "$1"; name "$2"
  local new="$DIR/releases/.placing" image digest part said slot
  rm -rf "$new"; (umask 077; mkdir -p "$new")
  trap 'rm -rf "$new"' EXIT
  base64 -d | tar -xpf - -C "$new" --no-same-owner || no failed "its files cannot be written: $(df -h --output=avail "$DIR" | tail -n 1) left"
  while read -r image digest; do
    name "$image"; name "$digest"
    mkdir -p "$new/images/$image"
    layer "$DIR/blobs/$digest" "$new/images/$image" || no failed "layer ${digest:0:12} cannot be unpacked: $(df -h --output=avail "$DIR" | tail -n 1) left"
  done <"$new/layers"
  [ -z "$(find "$new" ! -type f ! -type d ! -type l -print -quit)" ] || no failed "the image holds devices or sockets"
  find "$new" -type f -perm /6000 -exec chmod ug-s {} +
  for part in $(cut -d' ' -f1 "$new/components"); do
    name "$part"
    said=$(sound_unit "$new/units/$part.service") || no failed "its unit $part has a line that is not allowed: $said"
  done
  (cd "$new" && find . -type f ! -path './environment/*' ! -name secrets ! -name redact ! -name files.sha256 -print0 | sort -z | xargs -0 sha256sum) >"$new/files.sha256" || no failed "its files cannot be read"
  chmod 755 "$new"; chmod 700 "$new/environment"; find "$new/environment" -type f -exec chmod 600 {} +
  chmod 600 "$new/secrets" "$new/redact"
  sync -f "$new"
  # What runs files that somebody changed ends before they are placed anew, unless it serves.
  slot=$(slot_of "$2")
  [ -z "$slot" ] || [ "$2" = "$(live)" ] || [ "$(weight_of "$slot")" -gt 0 ] || stop_slot "$slot"
  rm -rf "$DIR/releases/.replaced"
  [ ! -e "$DIR/releases/$2" ] || mv -T "$DIR/releases/$2" "$DIR/releases/.replaced"
  mv -T "$new" "$DIR/releases/$2" || no failed "release $2 cannot be put in its place"
  rm -rf "$DIR/releases/.replaced"
  mkdir -p "$DIR/records" && cp "$DIR/releases/$2/release.json" "$DIR/records/$2.json"
  said=$(verified "$2") || { rm -rf "$DIR/releases/$2"; no failed "systemd-analyze verify: $said"; }
  ok
}
# What systemd itself says of the units, and how exposed it finds them (0 to 10).
verified() {
  local part at said="" here
  here=$(mktemp -d)
  for part in $(parts_of "$1" | cut -d' ' -f1); do
    sed "s/@SLOT@/blue/g;s/@AT:[^@]*@/blue/g;s/@PORT:[^@]*@/1/g;/^EnvironmentFile=/d" "$DIR/releases/$1/units/$part.service" >"$here/$(unit "$part" blue)"
  done
  said=$(systemd-analyze verify "$here"/*.service 2>&1)
  for at in "$here"/*.service; do
    part=${at##*/"$APP"-}
    echo "${part%@blue.service} $(systemd-analyze security --offline=yes --no-pager "$at" 2>/dev/null | sed -n 's/.*exposure level for .*: \([0-9.]*\).*/\1/p')"
  done >"$DIR/releases/$1/exposure"
  rm -rf "$here"
  [ -z "$said" ] || { echo "$said" | tr '\n' ' '; return 1; }
}
# secrets TOKEN RELEASE: values of today for a release that is there; a tar of environment/, secrets and redact.
do_secrets() {
  held "$1"; name "$2"
  local new="$DIR/releases/.secrets"
  rm -rf "$new"; (umask 077; mkdir -p "$new")
  trap 'rm -rf "$new"' EXIT
  base64 -d | tar -xpf - -C "$new" --no-same-owner || no failed "its secrets cannot be written"
  find "$new" -type f -exec chmod 600 {} +
  rm -rf "$DIR/releases/$2/environment" && mv -T "$new/environment" "$DIR/releases/$2/environment" && mv -f "$new/secrets" "$new/redact" "$DIR/releases/$2/" || no failed "its secrets cannot be written"
  chmod 700 "$DIR/releases/$2/environment"
  ok
}
# prune TOKEN RELEASE... : forgets the files of all others, but for what is live or in a slot that runs.
do_prune() {
  held "$1"; shift
  local at release slot busy=""
  # A process goes on in the directory that it was started in, whichever release it is part of now.
  for slot in $slots; do for at in $(units_of "$slot"); do busy="$busy $(runs_from "$at")"; done; done
  for at in "$DIR"/releases/*; do
    release=${at##*/}
    [[ " $* $busy " == *" $release "* ]] || [ "$release" = "$(live)" ] && continue
    slot=$(slot_of "$release")
    if [ -n "$slot" ]; then
      for at in $(own_units "$slot"); do at=${at#"$APP-"}; rm -f "$DIR/environment/${at%.service}"; done
      rm -f "$DIR/slots/$slot" "$DIR/slots/$slot.base" "$DIR/slots/$slot.units"
    fi
    rm -rf "$DIR/releases/$release"
  done
  # What no release needs any more.
  for at in "$DIR"/blobs/*; do
    [ -e "$at" ] && ! grep -qs " ${at##*/}$" "$DIR"/releases/*/layers && rm -f "$at"
  done
  find "$DIR/blobs" -name '.*' -type f -mmin +60 -delete
  find "$DIR/exec" -type f -mtime +7 -delete
  ls -t "$DIR/records" | tail -n +51 | while read -r at; do rm -f "$DIR/records/$at"; done
  ok
}
