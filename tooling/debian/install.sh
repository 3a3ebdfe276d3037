#!/bin/sh
# Installs the Debian packages that the tests need: `install.sh [hdfs] [http] [prometheus] [graphite] [systemd] [codecs]`, without a name all.
#   hdfs        a JDK that Hadoop runs on, and Maven, which fetches Hadoop
#   http        the servers, load generators and the browser that the HTTP source is tested with
#   systemd     systemd-analyze and systemd-notify, which the unit file is tested with
#   prometheus  Prometheus and promtool, which the metrics, alert rules and dashboard are tested with
#   graphite    carbon, which takes what is reported to Graphite
#   codecs      zstd and bzip2, which the codecs are held against
# It takes root or a sudo that asks nothing. Elsewhere than on Debian and its kin it does nothing.
set -eu

say() { echo "install.sh: $*"; }

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

[ $# -gt 0 ] || set -- hdfs http prometheus graphite systemd codecs

wanted=
for group in "$@"; do
  case $group in
  hdfs) wanted="$wanted maven jdk" ;;
  # nginx-light has all that the tests use, and no modules that pull in X libraries.
  http) wanted="$wanted nginx-light haproxy wrk apache2-utils chromium" ;;
  prometheus) wanted="$wanted prometheus" ;;
  graphite) wanted="$wanted graphite-carbon" ;;
  systemd) wanted="$wanted systemd python3-minimal" ;;
  codecs) wanted="$wanted zstd bzip2" ;;
  *)
    say "usage: install.sh [hdfs] [http] [prometheus] [graphite] [systemd] [codecs]" >&2
    exit 1
    ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "no Debian system: install a JDK 17 to 21 and Maven yourself, for the tests with a real HDFS,"
  say "nginx, haproxy, wrk, ab and chromium for those of the HTTP source, prometheus and graphite-carbon for those of the metrics"
  exit 0
fi

missing=
for package in $wanted; do
  case $package in
  # Debian 12 has 17, Debian 13 has 21.
  jdk) is_installed openjdk-17-jdk-headless || is_installed openjdk-21-jdk-headless || missing="$missing jdk" ;;
  # Any of the flavours of nginx will do.
  nginx-light) command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light" ;;
  *) is_installed "$package" || missing="$missing $package" ;;
  esac
done

if [ -z "$missing" ]; then
  say "all is installed already:$wanted"
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

# Only the programs are wanted. Debian starts a service when its package is installed, unless this file says
# no (invoke-rc.d(8)), and starts it again at each boot until it is disabled.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  # shellcheck disable=SC2064 # what it removes is known now
  trap "$as_root rm -f $policy" EXIT
  printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
  $as_root chmod 755 $policy
fi

say "apt-get install$packages"
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages

for package in $packages; do
  case $package in
  nginx-light) ! command -v systemctl >/dev/null || $as_root systemctl -q disable nginx.service ;;
  haproxy) ! command -v systemctl >/dev/null || $as_root systemctl -q disable haproxy.service ;;
  prometheus) ! command -v systemctl >/dev/null || $as_root systemctl -q disable prometheus.service ;;
  graphite-carbon) ! command -v systemctl >/dev/null || $as_root systemctl -q disable carbon-cache.service ;;
  esac
done
say "installed:$packages"
