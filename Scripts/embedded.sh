# Functions of the scripts that compile what runs networks as Embedded Swift; sourced by them, in
# the project's folder.

# write_module_map FOLDER: describes the C modules that Swift imports.
write_module_map() {
  local interface=$PWD/Bindings/C/include
  cat > "$1/module.modulemap" << END
module CSparrow { header "$PWD/Sources/CSparrow/include/CSparrow.h" export * }
module SparrowInterface {
  header "$interface/sparrow.h"
  header "$interface/sparrow_builtin.h"
  export *
}
END
}

# compile_embedded TARGET FOLDER MODULE [OPTION...]: an object and a module file in FOLDER, which
# has the module map and the modules that this one imports. Language mode and features: as in
# Package.swift. left_out: an expression (grep -E) of paths of files to leave out, where it is set.
compile_embedded() {
  local target=$1 folder=$2 module=$3
  shift 3
  find "Sources/$module" -name '*.swift' | grep -Ev "${left_out:-^$}" | sort \
    | xargs swiftc -target "$target" \
    -enable-experimental-feature Embedded -wmo -parse-as-library -swift-version 6 \
    -enable-upcoming-feature InternalImportsByDefault -package-name sparrow \
    -module-name "$module" -I "$folder" -o "$folder/$module.o" \
    -emit-module -emit-module-path "$folder/$module.swiftmodule" "$@" -c
}

# For libraries: optimised, with a section a function, so that what nobody calls is left out.
library_options=(-O -Xfrontend -function-sections -Xfrontend -disable-stack-protector)

# link_firmware FOLDER PLAN OUT [SHIFT]: firmware of a Cortex-M from the objects in FOLDER and in
# its neighbour `objects`, with a plan that lies SHIFT bytes off its place.
link_firmware() {
  local folder=$1 plan=$2 out=$3 shift=${4:-0} tools
  tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
  clang --target=armv7em-none-none-eabi "-DPLAN_FILE=\"$plan\"" "-DPLAN_SHIFT=$shift" \
    -c Bindings/Firmware/image.S -o "$out.plan.o"
  "$tools/ld.lld" --gc-sections -T Bindings/Firmware/cortex-m.ld \
    --wrap=sparrow_integer_kernels_for -o "$out" "$folder"/*.o "$folder"/../objects/Sparrow*.o \
    "$out.plan.o"
  rm "$out.plan.o"
}

# interface_symbols: the functions that sparrow.h declares, a line each.
interface_symbols() {
  sed -n 's/^[a-z_0-9 ]*[ *]\(sparrow_[a-z_0-9]*\)(.*/\1/p' Bindings/C/include/sparrow.h | sort -u
}
