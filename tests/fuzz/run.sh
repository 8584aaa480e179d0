#!/bin/sh
# Runs the fuzzers: run.sh SECONDS [NAME]. Each starts from its kept seeds (tests/fuzz/seeds/<name>), goes on with what it has found
# interesting before (kept in the cache folder) and stops after so many seconds, or at its first finding. Findings are left in
# build/fuzz/findings; one that has been mended becomes a seed.
set -eu

seconds=$1
only=${2:-}
root=$(cd "$(dirname "$0")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/virga/fuzz
findings=$root/build/fuzz/findings
mkdir -p "$findings"

fuzz_one() {
  program=$1 name=$2
  seeds=$root/tests/fuzz/seeds/$name
  mkdir -p "$cache/$name" "$findings/$name"
  set -- "$cache/$name"
  [ ! -d "$seeds" ] || set -- "$cache/$name" "$seeds"
  status=0
  "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -max_len=8192 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$findings/$name/" "$@" >"$findings/$name.log" 2>&1 || status=$?
  if [ "$status" = 0 ]; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$findings/$name.log")
    echo "ok: $name, $runs inputs"
  else
    echo "FINDING: $name"
    grep -v '^stat::' "$findings/$name.log" | tail -n 40
  fi
}

result=$findings/result
: >"$result"
running=0
for program in "$root"/build/fuzz/*_fuzz; do
  name=$(basename "$program" _fuzz)
  [ -z "$only" ] || [ "$only" = "$name" ] || [ "$only" = "${name}_fuzz" ] || continue
  fuzz_one "$program" "$name" >>"$result" &
  running=$((running + 1))
  if [ "$running" -ge "$(nproc)" ]; then
    wait
    running=0
  fi
done
wait
cat "$result"
passed=$(grep -c '^ok: ' "$result" || true)
failed=$(grep -c '^FINDING: ' "$result" || true)
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
