# exec TOKEN RELEASE COMPONENT SECONDS RUN: a command with a release's code and environment, each argument on a line of
# its own in base64. A run has one name: asked for twice, it is done once.
do_exec() {
  held "$1"; name "$2"; name "$3"; number "$4"; name "$5"
  local at="$APP-exec-$5.service" line slot words=() file="$DIR/environment/exec-$5"
  local -A places=()
  [ -e "$DIR/exec/$5" ] && ok
  mkdir -p "$DIR/exec"
  while read -r line; do words+=("$(echo "$line" | base64 -d)"); done
  slot=$(slot_of "$2")
  if [ -n "$slot" ]; then load_places "$2" "$slot"; else for line in $(names_of "$2"); do places[$line]=$(other "$(home_slot)"); done; fi
  sed "$(filling "$3")" "$DIR/releases/$2/environment/$3" | (umask 077; put "$file")
  : >"$DIR/exec/$5"
  systemd-run --quiet --unit="$at" --service-type=exec -p "User=$RUN_AS" -p "RuntimeMaxSec=$4" -p "TimeoutStopSec=2" \
    -p "WorkingDirectory=$(sed -n 's/^WorkingDirectory=//p' "$DIR/releases/$2/units/$3.service")" -p "EnvironmentFile=$file" \
    -p NoNewPrivileges=yes -p ProtectSystem=strict -p ProtectHome=yes -p PrivateTmp=yes -p "ReadWritePaths=$DIR/shared" \
    -p "ExecStopPost=+$SELF exec-end $5" -p CollectMode=inactive-or-failed -- "${words[@]}" 9>&- 2>"$DIR/exec/$5.said" ||
    { [ -s "$DIR/exec/$5" ] || echo "exited 203 exit-code" >"$DIR/exec/$5"; }
  ok
}
# Called by systemd when it has ended; what this printed would stand among the command's own lines.
do_exec_end() { name "$1"; echo "$EXIT_CODE $EXIT_STATUS $SERVICE_RESULT" | put "$DIR/exec/$1"; rm -f "$DIR/environment/exec-$1"; exit 0; }
# exec-wait RUN: its end, or nothing yet after ten seconds.
do_exec_wait() {
  name "$1"
  local i
  for ((i = 0; i < 100; i++)); do
    [ -s "$DIR/exec/$1" ] && break
    systemctl -q is-active "$APP-exec-$1.service" || [ $i -lt 20 ] || { echo "killed KILL lost" | put "$DIR/exec/$1"; }
    sleep 0.1
  done
  [ -s "$DIR/exec/$1" ] && echo "end $(cat "$DIR/exec/$1")"
  sed 's/^/log /' "$DIR/exec/$1.said" 2>/dev/null
  journalctl --sync 2>/dev/null
  journalctl -q --no-pager -u "$APP-exec-$1.service" -n 50 -o cat _TRANSPORT=stdout 2>/dev/null | redact | sed 's/^/log /'
  ok
}
