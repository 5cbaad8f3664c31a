#!/usr/bin/env bash
# Installs Swagger UI, in the version that package.json names, into build/npm, and prints its folder, which is what
# nginx.sh wants for --swagger. Does nothing else when it is already there.
set -euo pipefail

front=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${1:-$front/../../build/npm}
package=$front/package.json

# The version of a package.json's own, or the one it asks of swagger-ui-dist: $2 is the name of the member.
version_in() { sed -nE 's/^ *"'"$2"'": "([0-9.]+)",?$/\1/p' "$1" | head -n 1; }

mkdir -p "$target"
target=$(cd "$target" && pwd)
installed=$target/node_modules/swagger-ui-dist
wanted=$(version_in "$package" swagger-ui-dist)
[[ -n $wanted ]] || { echo "swagger.sh: $package names no exact version of swagger-ui-dist" >&2 && exit 1; }
if [[ ! -e $installed/package.json || $(version_in "$installed/package.json" version) != "$wanted" ]]; then
    cp "$package" "$target/package.json"
    # no scripts of strangers, and no file that names the registry it came from
    npm install --prefix "$target" --no-package-lock --ignore-scripts --no-audit --no-fund >&2
    rm -f "$target/node_modules/.package-lock.json"
fi
echo "$installed"
