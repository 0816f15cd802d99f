#!/usr/bin/env bash
# Prints the closing lines of the test runner found in a log, those without a test left out.
# Usage: closing-lines.sh LOG
set -euo pipefail

awk '
  /^test result: / && !/ 0 passed; 0 failed/ { print; passed += $4 }
  /^ *Summary \[/ { print; for (i = 2; i <= NF; i++) if ($i ~ /^passed/) passed += $(i - 1) }
  END { printf "%d tests passed\n", passed; exit passed == 0 }
' "$1"
