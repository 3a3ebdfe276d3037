#!/bin/sh
# Installs the Debian packages that the tests need: a JDK that Hadoop runs on, and Maven, which fetches Hadoop.
# It takes root or a sudo that asks nothing. Elsewhere than on Debian and its kin it does nothing.
set -eu

say() { echo "install.sh: $*"; }

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "no Debian system: install a JDK 17 to 21 and Maven yourself, for the tests with a real HDFS"
  exit 0
fi

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=
is_installed maven || missing="$missing maven"
# Debian 12 has 17, Debian 13 has 21.
is_installed openjdk-17-jdk-headless || is_installed openjdk-21-jdk-headless || missing="$missing jdk"

if [ -z "$missing" ]; then
  say "maven and a JDK are installed already"
  exit 0
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    say "missing:$missing. Run this as root, or with a sudo that asks for no password" >&2
    exit 1
  fi
  as_root="sudo -n"
fi

say "apt-get update"
$as_root apt-get update -qq

packages=
for package in $missing; do
  if [ "$package" = jdk ]; then
    if apt-cache show openjdk-17-jdk-headless >/dev/null 2>&1; then
      package=openjdk-17-jdk-headless
    else
      package=openjdk-21-jdk-headless
    fi
  fi
  packages="$packages $package"
done

say "apt-get install$packages"
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
say "installed:$packages"
