# nginx reads its configuration anew: new workers take what comes, the old ones end what they have. Who serves is asked of
# the workers themselves; what they logged is read from a file, written only while a rollout is judged by it.
nginx_file=$DIR/router/releases.conf
nginx_log=$DIR/router/access.log
nginx_number() { nginx -v 2>&1 | sed 's#^.*/##;s/ .*//'; }
nginx_version() { echo "router $(nginx_number)"; }
# From 1.27.4 on it can leave clients time for the request that they are about to send (keepalive_min_timeout).
nginx_waits() { [ "$(printf '%s\n' 1.27.4 "$(nginx_number)" | sort -V | head -n 1)" = 1.27.4 ]; }
# Generation and weights of the worker that answers.
nginx_says() { printf 'GET / HTTP/1.0\r\n\r\n' | socat -t 2 - "UNIX-CONNECT:$router_socket" 2>/dev/null | tail -n 1; }
nginx_generation() { sed -n 's/^# //p;q' "$nginx_file" 2>/dev/null; }
# nginx_releases GENERATION BLUE GREEN: the part of its configuration that changes.
nginx_releases() {
  local servers="" measured=0 home
  home=$(home_slot)
  [ "$2" -eq 0 ] || servers="server 127.0.0.1:$(door_of blue) weight=$2 max_fails=0;"
  [ "$3" -eq 0 ] || servers="$servers server 127.0.0.1:$(door_of green) weight=$3 max_fails=0;"
  [ "$2" -eq 0 ] || [ "$home" = blue ] || measured=1
  [ "$3" -eq 0 ] || [ "$home" = green ] || measured=1
  echo "# $1"
  nginx_waits && echo "keepalive_min_timeout 5s;"
  echo "upstream releases { ${servers:-server 127.0.0.1:1 down;} keepalive 64; keepalive_timeout 1s; }"
  echo "map \$host \$served { default $([ -n "$servers" ] && echo 1 || echo 0); }"
  echo "map \$host \$measured { default $measured; }"
  echo "server { listen unix:$router_socket; location / { return 200 \"$1 $2 $3\\n\"; } }"
}
nginx_prepare() {
  set -- $(whole "$(home_slot)")
  nginx_releases "$(($(nginx_generation) + 1))" "$1" "$2" | put "$nginx_file"
  echo "$*" | put "$DIR/router/weights"
}
nginx_await() { while [ -z "$(nginx_says)" ]; do sleep 0.1; done; }
nginx_occupy() { :; }
nginx_weighs() { nginx_says | awk '{ print "weighs blue", $2, "up"; print "weighs green", $3, "up" }'; }
nginx_weights() {
  local now before=$nginx_file.before i
  now=$(nginx_generation)
  # What is in force already is not read again.
  [ -n "$now" ] && nginx_releases "$now" "$1" "$2" | cmp -s - "$nginx_file" && [ "$(nginx_says)" = "$now $1 $2" ] && return 0
  now=$((now + 1))
  cp "$nginx_file" "$before" 2>/dev/null
  nginx_releases "$now" "$1" "$2" | put "$nginx_file"
  uptime_cs | put "$DIR/router/reloaded"
  # The old worker takes connections for a tenth of a second beside the new one.
  systemctl reload "$APP-router" 2>/dev/null && for ((i = 0; i < 100; i++)); do
    [ "$(nginx_says)" = "$now $1 $2" ] && [ "$(nginx_workers staying)" = 1 ] && return 0
    sleep 0.03
  done
  mv -f "$before" "$nginx_file"
  echo "note nginx did not take its configuration: $(journalctl -q -u "$APP-router" -n 1 -o cat)"
  return 1
}
# When nobody judges any more nothing is logged.
nginx_settle() { nginx_weights "$(weight_of blue)" "$(weight_of green)" >/dev/null; }
nginx_size() { stat -c %s "$nginx_log" 2>/dev/null || echo 0; }
nginx_begin() { nginx_size; }
# What was read gives its room on the disk back; places in the file stay what they are.
nginx_statistics() {
  local slot from=$1 to read
  read=$(cat "$DIR/router/read" 2>/dev/null || echo 0); to=$(nginx_size)
  [ "$read" -le "$to" ] || read=0
  [ "$from" != none ] || from=$read
  if [ "$from" -lt "$read" ] || [ "$from" -gt "$to" ]; then echo wrapped; from=$read; fi
  if [ $((to - from)) -gt 8388608 ]; then echo wrapped; from=$((to - 8388608)); fi
  for slot in $slots; do echo "stat $slot $(door_of "$slot")"; done
  tail -c "+$((from + 1))" "$nginx_log" 2>/dev/null | head -c $((to - from)) | awk -v at="$from" '{ at += length($0) + 1; print "line " at " " $0 }'
  if [ $((from - read)) -gt 1048576 ]; then fallocate -p -o "$read" -l $((from - read)) "$nginx_log" 2>/dev/null; echo "$from" | put "$DIR/router/read"; fi
}
# How many workers take connections (staying), or only end what they have (leaving): those may still send a client's next
# request where they always did.
nginx_workers() {
  local main pid leaving=0 staying=0
  main=$(systemctl show -P MainPID "$APP-router")
  for pid in $(cat "/proc/$main/task/$main/children" 2>/dev/null); do
    if grep -qs 'shutting down' "/proc/$pid/cmdline"; then leaving=$((leaving + 1)); else staying=$((staying + 1)); fi
  done
  echo "${!1}"
}
nginx_drain() {
  local open port reloaded
  port=$(door_of "$1"); reloaded=$(cat "$DIR/router/reloaded" 2>/dev/null || echo 0)
  while :; do
    open=0
    [ -z "$port" ] || [ "$port" = "$(door_of "$(other "$1")")" ] || open=$(ss -Htn state established "dport = :$port" | wc -l)
    if [ "$open" -eq 0 ] && { [ $(($(uptime_cs) - reloaded)) -gt 600 ] || [ "$(nginx_workers leaving)" -eq 0 ]; }; then break; fi
    [ "$(uptime_cs)" -lt "$2" ] || break
    sleep 0.1
  done
  echo "$open"
}
