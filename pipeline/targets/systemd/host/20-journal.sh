# The journal is written by whoever holds the lease, and by this host itself where nobody does. Both files get every
# line, the journal first.
extend() {
  local before copied
  before=$(stat -c %s "$DIR/journal" 2>/dev/null || echo 0)
  copied=$(stat -c %s "$DIR/journal.copy" 2>/dev/null || echo 0)
  if printf '%s\n' "$1" >>"$DIR/journal" && sync "$DIR/journal" &&
    printf '%s\n' "$1" >>"$DIR/journal.copy" && sync "$DIR/journal.copy"; then return 0; fi
  truncate -s "$before" "$DIR/journal" 2>/dev/null
  truncate -s "$copied" "$DIR/journal.copy" 2>/dev/null
  return 1
}
last_field() { tail -n 1 "$DIR/journal" 2>/dev/null | grep -o "\"$1\":[^,}]*" | tail -n 1 | cut -d: -f2 | tr -d '"'; }

# An entry of this host's own: $1 is its fact as canonical JSON. Followers of a fleet leave that to the first host.
own_entry() {
  [ "$(cat "$DIR/role" 2>/dev/null)" = follower ] && return 0
  local sequence previous body
  sequence=$(last_field sequence)
  previous=$(last_field hash)
  body="{\"at\":$(epoch_ms),\"fact\":$1,\"format\":1,\"previous\":\"${previous:-$(printf '0%.0s' {1..64})}\",\"sequence\":$((${sequence:-0} + 1))}"
  extend "${body%\}},\"hash\":\"$(printf %s "$body" | sha256sum | cut -d' ' -f1)\"}"
}

# append TOKEN SEQUENCE HASH, the line on standard input: it follows the entry that the caller knows as the last one.
do_append() {
  local line
  held "$1"
  read -r line
  [ "$(last_field sequence)" = "${2/#0/}" ] && [ "$(last_field hash)" = "${3/none/}" ] || no moved "the journal has other entries at its end"
  extend "$line" || no failed "the journal cannot be written: $(df -h --output=avail "$DIR" | tail -n 1) left"
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
