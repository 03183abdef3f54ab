# deps.sh - sourced by ./demo and ./check: installs what is missing.
#
# need_packages PACKAGE...: on Debian (or a child of it), as root or with
# sudo, installs the packages that are missing; elsewhere names them and
# returns 1.  Says nothing when nothing is missing.

missing_packages() {
	for p in "$@"; do
		dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null |
			grep -qx installed || printf '%s ' "$p"
	done
}

as_root() {
	if test "$(id -u)" = 0; then "$@"; else sudo -n "$@"; fi
}

can_install() {
	command -v apt-get >/dev/null 2>&1 || return 1
	test "$(id -u)" = 0 || sudo -n true 2>/dev/null
}

# apt_install PACKAGE...: quiet, and without what is only recommended.
apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
		--no-install-recommends "$@" >/dev/null
}

need_packages() {
	if ! command -v dpkg-query >/dev/null 2>&1; then
		echo "not a Debian system: install the equivalents of these," \
			"then ./configure && make: $*" >&2
		return 1
	fi
	missing=$(missing_packages "$@")
	test -n "$missing" || return 0
	if ! can_install; then
		echo "missing packages: $missing" >&2
		echo "install them (apt-get install $missing) and try again" >&2
		return 1
	fi
	echo "installing: $missing"
	# The package lists may be old or absent: refresh them when that fails.
	# shellcheck disable=SC2086
	apt_install $missing 2>/dev/null && return 0
	as_root apt-get update -qq || return 1
	# shellcheck disable=SC2086
	apt_install $missing
}

BUILD_PACKAGES="gcc libc6-dev make autoconf automake pkg-config libyaml-dev
	libgsl-dev libzstd-dev libtracecmd-dev libtraceevent-dev gnuplot-nox"
TEST_PACKAGES="libcmocka-dev clang libclang-rt-14-dev clang-format zstd mandoc
	xz-utils"
