#!/usr/bin/env bash
# Installs what a build and its tests need and the machine lacks: a C compiler for SQLite and the
# linker, Python for the second verifier of proof files. With `test` also what only tests need:
# poppler, another program that reads the PDFs.
# Only what is missing is installed, and only where apt-get is there; otherwise it says what to do.
set -euo pipefail

say() { printf 'prerequisites: %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

if ! has cargo; then
  say "cargo is missing: install the stable Rust toolchain from https://rustup.rs"
  exit 1
fi

# Whether a C program that uses the C library compiles and links.
compiles() {
  has cc && printf '#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n' |
    cc -x c -o /dev/null - >/dev/null 2>&1
}

packages=()
compiles || packages+=(gcc libc6-dev)
has make || packages+=(make)
has python3 || packages+=(python3-minimal)
if [ "${1:-}" = test ]; then
  { has pdftotext && has pdfdetach && has pdfinfo; } || packages+=(poppler-utils)
fi
if [ "${#packages[@]}" -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo -n)
fi
if ! has apt-get || ! "${as_root[@]}" true 2>/dev/null; then
  say "please install ${packages[*]} with your package manager, then run this again"
  exit 1
fi
say "installing ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -q -y --no-install-recommends "${packages[@]}"
