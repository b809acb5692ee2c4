# Sourced by packaging/run and packaging/test: makes .venv and installs what is missing. Quick when nothing changed.
# Usage: setup_studio EXTRAS   (EXTRAS as pip takes them, for example "[test]"; empty for none)

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# A Python of 3.11 to 3.13, the default one where it will do.
find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    die "Python 3.11, 3.12 or 3.13 is needed and none was found. Install one (Debian 12: apt install python3 python3-venv)."
}

# Libraries that wheels expect of the system: name of the shared object, Debian package.
system_libraries() {
    local missing=() object package known
    [ "$(uname -s)" = Linux ] || return 0
    known="$({ ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null || true)"
    while read -r object package; do
        [[ "$known" == *"$object"* ]] || missing+=("$package")
    done <<'LIBRARIES'
libGL.so.1 libgl1
libglib-2.0.so.0 libglib2.0-0
libEGL.so.1 libegl1
libfontconfig.so.1 libfontconfig1
libdbus-1.so.3 libdbus-1-3
libxkbcommon.so.0 libxkbcommon0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-image.so.0 libxcb-image0
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0 libxcb-shape0
libxcb-xinerama.so.0 libxcb-xinerama0
libxcb-xkb.so.1 libxcb-xkb1
LIBRARIES
    "$1" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
    [ "${#missing[@]}" -eq 0 ] && return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        die "Missing system packages: ${missing[*]}. Install them (as root: apt-get install ${missing[*]}) and run this again."
    fi
    say "Installing system packages: ${missing[*]}"
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 \
        || die "The system packages ${missing[*]} could not be installed. Is there a network?"
}

# Whether a window can be shown here.
has_display() { [ "$(uname -s)" != Linux ] || [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

free_gigabytes() { df -Pk . | awk 'NR == 2 { print int($4 / 1048576) }'; }

setup_studio() {
    local extras="$1" python stamp wanted free
    python="$(find_python)" || exit 1
    system_libraries "$python"
    stamp=".venv/studio-installed${extras}"
    wanted="$("$python" -c 'import hashlib, pathlib, sys; print(sys.version.split()[0], hashlib.sha256(pathlib.Path("pyproject.toml").read_bytes()).hexdigest())')"
    if [ -x .venv/bin/studio ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    free="$(free_gigabytes)"
    [ -x .venv/bin/studio ] || [ "$free" -ge 12 ] \
        || die "Only $free GB are free here; the installation needs about 10. Free some space and run this again."
    if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
        say "Making .venv with $python"
        "$python" -m venv --clear .venv || die "The virtual environment could not be made. On Debian: apt install python3-venv."
    fi
    say "Installing Faceswap Studio and what it needs (several GB the first time, some minutes)"
    # Callers set pipefail, so that the pipeline fails where pip does.
    .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off -e ".$extras" 2>&1 \
        | awk '/^(Collecting|Downloading|Installing|Successfully|ERROR)/ { print substr($0, 1, 160); fflush() }' >&2 \
        || die "The installation failed. Check the network and the lines above, then run this again: it goes on where it was."
    printf '%s\n' "$wanted" >"$stamp"
}
