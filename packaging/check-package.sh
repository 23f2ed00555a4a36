#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check-package.sh FILE.deb: installs the package, starts both programs, removes it, and looks for what it left behind.
# Without root or sudo it unpacks the package into a temporary folder and starts the programs from there.
set -euo pipefail

if [[ $# -ne 1 || ! -f $1 ]]; then
    echo "usage: check-package.sh FILE.deb" >&2
    exit 2
fi
deb=$(realpath "$1")
package=$(dpkg-deb --field "$deb" Package)
scratch=$(mktemp -d)
installed=no
root=()
if [[ $(id -u) -ne 0 ]]; then
    root=(sudo -n)
fi

clean_up() {
    if [[ $installed == yes ]]; then
        "${root[@]}" dpkg --purge "$package" >/dev/null 2>&1 || true
    fi
    rm -rf "$scratch"
}
trap clean_up EXIT

# The programs get a home of their own, so that the check never opens anybody's workspace.
start_programs() {
    local bin=$1 program
    mkdir -p -m 0700 "$scratch/home" "$scratch/runtime"
    local clean=(env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME="$scratch/home" XDG_RUNTIME_DIR="$scratch/runtime"
        QT_QPA_PLATFORM=offscreen DBUS_SESSION_BUS_ADDRESS=disabled:)
    "${clean[@]}" "$bin/countersignctl" --help >"$scratch/help.txt"
    grep -q gate "$scratch/help.txt"
    for program in countersignctl countersign; do
        "${clean[@]}" "$bin/$program" --version >"$scratch/version.txt"
        grep -q "$(dpkg-deb --field "$deb" Version | cut -d- -f1)" "$scratch/version.txt"
        echo "  started $program: $(head -n 1 "$scratch/version.txt")"
    done
    "${clean[@]}" "$bin/countersignctl" --workspace "sqlite:$scratch/home/check.db" demo >"$scratch/demo.txt"
    "${clean[@]}" "$bin/countersignctl" --workspace "sqlite:$scratch/home/check.db" audit verify >"$scratch/verify.txt"
    echo "  a demo workspace verifies"
}

if [[ $(id -u) -ne 0 ]] && ! sudo -n true 2>/dev/null; then
    echo "Neither root nor sudo: $deb is unpacked and started, not installed."
    dpkg-deb --extract "$deb" "$scratch/tree"
    start_programs "$scratch/tree/usr/bin"
    exit 0
fi
if dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed; then
    echo "The check was not made: $package is installed already. Remove it first: apt-get remove $package" >&2
    exit 1
fi

installed=yes
if ! "${root[@]}" dpkg --install "$deb" >"$scratch/install.txt" 2>&1; then
    cat "$scratch/install.txt" >&2
    echo "$deb could not be installed." >&2
    exit 1
fi
echo "  installed $package $(dpkg-deb --field "$deb" Version)"
dpkg --listfiles "$package" >"$scratch/files.txt"
start_programs /usr/bin
man -w countersignctl >/dev/null 2>&1 || test -f /usr/share/man/man1/countersignctl.1.gz ||
    echo "  note: this system leaves man pages out of packages"

"${root[@]}" dpkg --remove "$package" >"$scratch/remove.txt" 2>&1
if grep -i warning "$scratch/remove.txt"; then
    echo "Removing $package was not clean." >&2
    exit 1
fi
left=0
while IFS= read -r path; do
    if [[ (-f $path || -L $path) ]] && ! dpkg --search "$path" >/dev/null 2>&1; then
        echo "  left behind: $path" >&2
        left=1
    fi
done <"$scratch/files.txt"
if [[ $left -ne 0 ]]; then
    exit 1
fi
installed=no
echo "  removed $package: nothing left behind"
