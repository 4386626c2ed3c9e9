# The lease: token, boot, until, ttl (hundredths of a second since that boot), and who holds it, as JSON texts.
field() { sed -n "s/^$2 //p" "$DIR/$1" 2>/dev/null; }
# Whether somebody holds it; "lease_token", "lease_until" and "lease_ttl" say what it says, also where nobody does.
lease_lives() {
  local key value boot="" here now
  lease_token="" lease_until=0 lease_ttl=0
  while read -r key value; do
    case "$key" in token) lease_token=$value ;; boot) boot=$value ;; until) lease_until=$value ;; ttl) lease_ttl=$value ;; esac
  done 2>/dev/null <"$DIR/lease"
  here=$(boot_id)
  tick
  [ "$boot" = "$here" ] && [ "$now" -lt "$lease_until" ]
}

# Ends with the lock held where the caller has the lease; nothing is done for anybody else (fencing).
held() {
  number "$1"
  lock
  lease_lives && [ "$lease_token" = "$1" ] || no lease-lost "$(cat "$DIR/token" 2>/dev/null || echo 0)"
  tell_words
}
# What persons said since the last command reaches the engine with any answer.
tell_words() {
  [ -e "$DIR/asked" ] && echo "asked $(cat "$DIR/asked")"
  [ -e "$DIR/promotions" ] && sed 's/^/promotion /' "$DIR/promotions" && rm -f "$DIR/promotions"
}

# take TOKEN TTL(ms): writes the lease; what is known of the holder comes on standard input.
take() {
  { echo "token $1"; echo "boot $(boot_id)"; echo "until $(($(uptime_cs) + $2 / 10))"; echo "ttl $2"; grep -E '^(actor|version|rollout|since|request) '; } | put "$DIR/lease" &&
    echo "$1" | put "$DIR/token" || no failed "the lease cannot be written: $(df -h --output=avail "$DIR" | tail -n 1) left"
  rm -f "$DIR/asked" "$DIR/promotions" "$DIR/touched" "$DIR/left"
  arm "$(($2 / 10))"
}
# acquire TTL LEASE-HOST
do_acquire() {
  number "$1"; name "$2"
  lock
  local first sequence hash
  first=$(cat "$DIR/lease-host" 2>/dev/null)
  [ -z "$first" ] || [ "$first" = "$2" ] || no elsewhere "$first"
  if lease_lives; then sed 's/^/held /' "$DIR/lease"; no held; fi
  [ -e "$DIR/lease" ] && engine_lost
  stays role first; stays lease-host "$2"
  take "$(($(cat "$DIR/token" 2>/dev/null || echo 0) + 1))" "$1"
  echo "token $(cat "$DIR/token")"
  last_entry
  echo "last ${sequence:-0} ${hash:-none}"
  [ -e "$DIR/lost" ] && sed 's/^/lost /' "$DIR/lost"
  ok
}
# follow TOKEN TTL LEASE-HOST: the other hosts of a fleet take the first one's word, but never an older token.
do_follow() {
  number "$1"; number "$2"; name "$3"
  lock
  local first seen
  first=$(cat "$DIR/lease-host" 2>/dev/null)
  [ -z "$first" ] || [ "$first" = "$3" ] || no elsewhere "$first"
  seen=$(cat "$DIR/token" 2>/dev/null || echo 0)
  [ "$1" -ge "$seen" ] || no lease-lost "$seen"
  if [ -e "$DIR/lease" ] && { ! lease_lives || [ "$lease_token" != "$1" ]; }; then engine_lost; fi
  stays role follower; stays lease-host "$3"
  take "$1" "$2"
  ok
}
# move LEASE-HOST: from now on the lease of this environment is there.
do_move() { name "$1"; lock; if lease_lives; then sed 's/^/held /' "$DIR/lease"; no held; fi; echo "$1" | put "$DIR/lease-host"; ok; }
# words TOKEN: only what persons said.
do_words() { held "$1"; ok; }
do_renew() {
  held "$1"
  sed "s/^until .*/until $(($(uptime_cs) + lease_ttl / 10))/" "$DIR/lease" | put "$DIR/lease"
  ok
}
# give TOKEN WARM DRAIN (ms): back in order; what is not live any more is retired.
do_give() {
  held "$1"
  rm -f "$DIR/lease" "$DIR/lost" "$DIR/asked" "$DIR/promotions" "$DIR/touched"
  by_router settle
  arrange_retirement
  ok
}
do_ask() { lock; lease_lives && head -c 4000 | put "$DIR/asked"; ok; }
do_promote() { lock; if lease_lives; then head -c 4000 >>"$DIR/promotions"; echo "told yes"; else echo "told no"; fi; ok; }
