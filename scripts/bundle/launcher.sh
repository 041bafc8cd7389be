#!/bin/sh
# Starts syncytium's commands from the folder that this file lies in, which needs nothing from outside it.
set -u

fail() {
  code=$1
  shift
  echo "error: $*" >&2
  exit "$code"
}

self=$(readlink -f -- "$0") || fail 1 "starting: the program readlink must be installed (coreutils)"
here=${self%/*}
again="unpack the archive anew into an empty folder, after comparing its SHA-256 with the one told where it was made"

# the names of files that are not as they were bundled, one a line
damaged() {
  (cd "$here" && LC_ALL=C sha256sum -c SHA256SUMS 2>/dev/null) | sed -n 's/: FAILED.*$//p'
}

verify() {
  command -v sha256sum >/dev/null || fail 1 "checking the bundle: the program sha256sum must be installed (coreutils)"
  [ -s "$here/SHA256SUMS" ] || fail 1 "checking the bundle: SHA256SUMS must be there ($here); $again"
  names=$(damaged)
  [ -z "$names" ] && return
  first=$(echo "$names" | head -n 1)
  count=$(echo "$names" | wc -l)
  fail 1 "checking the bundle: every file must be as it was bundled, and $((count)) of them are not ($here/$first" \
    "$([ "$count" -gt 1 ] && echo "and others, ")changed or missing); $again"
}

# at the first start after unpacking: whether it is whole and this machine can run it
check() {
  command -v sha256sum >/dev/null || return 0
  stamp=$(sha256sum <"$here/SHA256SUMS" 2>/dev/null)
  [ -n "$stamp" ] && [ "$(cat "$here/.checked" 2>/dev/null)" = "$stamp" ] && return
  verify
  reason=$("$here/deno" --version 2>&1 >/dev/null) ||
    fail 1 "starting: the machine must be Linux on x86-64 with glibc 2.27 or later and libgcc_s.so.1, and let programs" \
      "be run from $here; it is $(uname -sm), and says: $(echo "$reason" | head -n 1)"
  echo "$stamp" 2>/dev/null >"$here/.checked" || return 0
}

# whether the system has a library
has() {
  for folder in /usr/lib/x86_64-linux-gnu /lib/x86_64-linux-gnu /usr/lib64 /lib64 /usr/lib; do
    [ -e "$folder/$1" ] && return
  done
  return 1
}

case ${1:-} in
  '' | help | -h | --help)
    cat "$here/bundle/usage.txt" || fail 1 "starting: the bundle must be whole; $again"
    exit 0
    ;;
  --version)
    cat "$here/bundle/version.txt" || fail 1 "starting: the bundle must be whole; $again"
    exit 0
    ;;
  verify)
    verify
    echo "all $(($(wc -l <"$here/SHA256SUMS"))) files are as they were bundled"
    exit 0
    ;;
esac

check
grep -qxF -e "$1" "$here/bundle/commands.txt" ||
  fail 2 "reading the command line: $1 is no command; ./syncytium without one lists them"

# what is compiled once is kept beside the bundle, where that can be written to
DENO_DIR=${DENO_DIR:-$here/.cache}
DENO_NO_UPDATE_CHECK=1
export DENO_DIR DENO_NO_UPDATE_CHECK

if [ -d "$here/lib" ]; then
  # where the system has all of it, its own goes with its glibc, which may be older than what is carried needs
  for library in "$here"/lib/*.so.*; do
    has "${library##*/}" && continue
    LD_LIBRARY_PATH=$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    break
  done
  # drivers that are mounted into a container lie where neither the system nor the Vulkan loader looks
  mounted=/usr/local/nvidia
  [ -d "$mounted/lib64" ] && LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$mounted/lib64
  [ -n "${LD_LIBRARY_PATH:-}" ] && export LD_LIBRARY_PATH
  if [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}${VK_ADD_DRIVER_FILES:-}" ]; then
    drivers=
    [ -e "$mounted/share/vulkan/icd.d/nvidia_icd.json" ] && drivers=$mounted/share/vulkan/icd.d/nvidia_icd.json
    # what that file names needs X11, and the driver has the same without it
    if [ -e /dev/nvidiactl ] && ! has libXext.so.6; then
      drivers=${drivers:+$drivers:}$here/lib/nvidia_headless_icd.json
    fi
    [ -n "$drivers" ] && export VK_ADD_DRIVER_FILES="$drivers"
  fi
fi

exec "$here/deno" task --quiet --config "$here/deno.json" "$@"
