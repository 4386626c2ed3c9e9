# The journal is written by whoever holds the lease, and by this host itself where nobody does. Both files get every
# line, the journal first.
extend() {
  local before copied
  : >>"$DIR/journal" && : >>"$DIR/journal.copy" || return 1
  { read -r before; read -r copied; } < <(stat -c %s "$DIR/journal" "$DIR/journal.copy")
  if printf '%s\n' "$1" >>"$DIR/journal" && sync "$DIR/journal" &&
    printf '%s\n' "$1" >>"$DIR/journal.copy" && sync "$DIR/journal.copy"; then return 0; fi
  truncate -s "$before" "$DIR/journal" 2>/dev/null
  truncate -s "$copied" "$DIR/journal.copy" 2>/dev/null
  return 1
}
# Fills the caller's "sequence" and "hash", nothing where there is no entry. Those of the entry itself come last in it.
last_entry() {
  local line
  sequence="" hash=""
  line=$(tail -n 1 "$DIR/journal" 2>/dev/null)
  [[ ! $line =~ .*\"sequence\":([0-9]+) ]] || sequence=${BASH_REMATCH[1]}
  [[ ! $line =~ .*\"hash\":\"([0-9a-f]+)\" ]] || hash=${BASH_REMATCH[1]}
}

# An entry of this host's own: $1 is its fact as canonical JSON. Followers of a fleet leave that to the first host.
own_entry() {
  [ "$(cat "$DIR/role" 2>/dev/null)" = follower ] && return 0
  local sequence hash body
  last_entry
  body="{\"at\":$(epoch_ms),\"fact\":$1,\"format\":1,\"previous\":\"${hash:-$(printf '0%.0s' {1..64})}\",\"sequence\":$((${sequence:-0} + 1))}"
  extend "${body%\}},\"hash\":\"$(printf %s "$body" | sha256sum | cut -d' ' -f1)\"}"
}

# append TOKEN SEQUENCE HASH, lines on standard input: they follow the entry that the caller knows as the last one.
do_append() {
  local line lines all sequence hash
  held "$1"
  mapfile -t lines
  for line in "${lines[@]}"; do [[ $line == {*} ]] || no bad "an entry is not whole"; done
  last_entry
  [ "$sequence" = "${2/#0/}" ] && [ "$hash" = "${3/none/}" ] || no moved "the journal has other entries at its end"
  printf -v all '%s\n' "${lines[@]}"
  extend "${all%$'\n'}" || no failed "the journal cannot be written: $(df -h --output=avail "$DIR" | tail -n 1) left"
  ok
}
do_journal() { lock; send journal "$DIR/journal"; send copy "$DIR/journal.copy"; ok; }
# rewrite TOKEN: the whole journal on standard input, in base64; what stood there is kept aside, but for a copy of the
# first host's, which is only behind.
do_rewrite() {
  held "$1"
  [ -e "$DIR/journal" ] && [ "$(cat "$DIR/role")" = first ] && mv -f "$DIR/journal" "$DIR/journal.damaged-$(epoch_ms)"
  base64 -d | put "$DIR/journal" && cp "$DIR/journal" "$DIR/journal.copy.new" && mv -f "$DIR/journal.copy.new" "$DIR/journal.copy" || no failed "the journal cannot be written"
  ok
}
