# Sourced by the scripts beside it: where the project is, how to speak, how to tidy up.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scripts=$root/Scripts

say() { printf '%s\n' "$*"; }
heading() { printf '\n== %s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$1" >&2
    if [[ -n ${2:-} ]]; then printf 'hint: %s\n' "$2" >&2; fi
    exit 1
}

# The first lines of comment below the shebang are the help.
print_help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

# A temporary folder in $temporary. It goes with the script, however that ends, and so
# does every process that the script still has running. Tools that leave something in the
# temporary folder, as Swift's do, leave it there.
temporary=
make_temporary() {
    temporary=$(mktemp -d "${TMPDIR:-/tmp}/camtrace-rescue.XXXXXX")
    chmod 755 "$temporary" # some tests run as an unprivileged user
    export TMPDIR=$temporary
    trap tidy_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

tidy_up() {
    local status=$?
    trap '' HUP INT TERM
    local job tries
    for job in $(jobs -p); do
        # Asked to end first: what it started is its own to end, and may be in groups of its own.
        kill -TERM -- "-$job" 2>/dev/null || kill -TERM "$job" 2>/dev/null || continue
        for ((tries = 0; tries < 100; tries++)); do
            kill -0 "$job" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL -- "-$job" 2>/dev/null || kill -KILL "$job" 2>/dev/null || true
    done
    if [[ -n $temporary ]]; then rm -rf "$temporary"; fi
    exit "$status"
}

# limited SECONDS COMMAND...: runs it to its end, at most so long. It runs beside the script,
# because a shell that waits for a command in front hears no signal.
limited() {
    timeout --kill-after=30 "$@" </dev/null &
    wait $!
}

need_swift() {
    command -v swift >/dev/null || fail "no Swift toolchain was found in PATH." \
        "Install Swift 6.1 or later (swift.org/install) and put its usr/bin into PATH."
    # What the toolchain itself links with, and the libraries of the program.
    "$scripts/install-packages" binutils ca-certificates git libblkid-dev libc6-dev libsqlite3-dev libstdc++-12-dev libudev-dev zlib1g-dev
}
