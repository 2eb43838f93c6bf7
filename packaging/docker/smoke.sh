#!/bin/sh
# Proves that an image works as servers run it: smoke.sh IMAGE. Nobody's rights, a root that cannot be written, the passphrase in a file.
set -eu
image=$1
scratch=$(mktemp -d)
container=
trap 'test -z "$container" || docker rm --force "$container" > /dev/null; rm -rf "$scratch"' EXIT
mkdir "$scratch/papers" "$scratch/data" "$scratch/back"
echo 'Dear reader' > "$scratch/papers/letter.txt"
echo 'a passphrase for this proof only' > "$scratch/passphrase"
# The image's person must be able to write there, whoever runs this.
chmod 0777 "$scratch/data" "$scratch/back"
chmod 0755 "$scratch"

set -- --init --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
  --volume "$scratch/data:/data" --volume "$scratch/papers:/papers:ro" --volume "$scratch/back:/back" \
  --volume "$scratch/passphrase:/run/secrets/everstow_passphrase:ro"
everstow() { docker run --rm "$@"; }

test "$(docker run --rm --entrypoint id "$image" -u)" != 0
if docker run --rm "$image" status 2> "$scratch/refused.txt"; then
  echo 'it works without its passphrase' >&2
  exit 1
fi
grep -q EVERSTOW_PASSPHRASE_FILE "$scratch/refused.txt"
everstow "$@" "$image" --version
everstow "$@" "$image" backup /papers --format snapshot
everstow "$@" "$image" restore latest --into /back
test "$(cat "$(find "$scratch/back" -name letter.txt)")" = 'Dear reader'
container=$(docker run --detach "$@" "$image")
# It says so once it looks after what is due, and is told to end only then.
until docker logs "$container" 2>&1 | grep -q 'starts what is due'; do sleep 1; done
docker exec "$container" sh -c 'everstow health --quiet > /dev/null || [ $? -eq 3 ]'
docker stop "$container" > /dev/null
test "$(docker inspect --format '{{.State.ExitCode}}' "$container")" = 0
echo 'the container works'
