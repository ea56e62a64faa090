# Virtual environments of Python, for other scripts to source.

# make_environment FOLDER PACKAGE...: an environment with these packages, made anew where it has
# others. Where Python, its venv or its packages cannot be had, says so and ends the script well:
# without Python, its bindings are left out.
make_environment() {
  local folder=$1 wanted
  shift
  wanted=$(printf '%s\n' "$@")
  [ "$(cat "$folder/packages" 2> /dev/null)" = "$wanted" ] && return
  if ! python3 -c 'import ensurepip, venv, sys; assert sys.version_info >= (3, 10)' 2> /dev/null
  then
    echo "$(basename "$0"): skipped, as Python 3.10 with its module venv is missing" >&2
    exit 0
  fi
  rm -rf "$folder"
  mkdir -p "$(dirname "$folder")"
  python3 -m venv "$folder"
  if ! "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"; then
    rm -rf "$folder"
    echo "$(basename "$0"): skipped, as pip cannot install $*" >&2
    exit 0
  fi
  echo "$wanted" > "$folder/packages"
}
