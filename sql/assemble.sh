#!/usr/bin/env bash
# The script of an extension from its parts: sql/assemble.sh EXTENSION VERSION, to standard output.
#
# Parts are in the order of sql/EXTENSION/order.txt. What runs once (tables) is as it is written; functions are written so that an
# update can run them again. A fresh installation must make everything itself: what is there already belongs to somebody else,
# so OR REPLACE is left out.
set -euo pipefail

parts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/$1
printf '%s\n' "-- $1 $2: tables, types and functions; made by sql/assemble.sh. docs/functions.md describes the functions." \
    "\\echo Use \"CREATE EXTENSION $1\" to load this file. \\quit" ''
while read -r part; do
    sed -E 's/^CREATE OR REPLACE /CREATE /' "$parts/$part"
    echo
done <"$parts/order.txt"
