#!/usr/bin/env bash
# Screenshots of the main pages at three sizes, light and dark, English and Korean, to target/screens: for looking at a change.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --quiet
out=target/screens
rm -rf "$out"
mkdir -p "$out"
work=$(mktemp -d)
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
target/debug/kubehop serve --listen "127.0.0.1:$port" --database-url "sqlite://$work/kubehop.db" >"$work/log" 2>&1 &
server=$!
trap 'kill "$server"; rm -rf "$work"' EXIT
for _ in $(seq 50); do curl -sf "http://127.0.0.1:$port/readyz" >/dev/null && break; sleep 0.1; done
browser=$(command -v chromium || command -v google-chrome)
while read -r name path; do
  for size in 1440,900 1280,720 390,844; do
    for theme in light dark; do
      for lang in en ko; do
        query=$([[ $path == *\?* ]] && echo '&' || echo '?')
        "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
          --disable-component-update --disable-sync --user-data-dir="$work/profile-$name-$size-$theme-$lang" --hide-scrollbars \
          --window-size="$size" --screenshot="$out/$name-${size/,/x}-$theme-$lang.png" \
          "http://127.0.0.1:$port$path${query}lang=$lang&theme=$theme" >/dev/null 2>&1
      done
    done
  done
done <<'PAGES'
home /
scenario /s/first-service
trace /s/first-service/trace?from=pod/default/client&to=web:80
rules /s/first-service/rules?node=node-a
PAGES
ls "$out" | wc -l
