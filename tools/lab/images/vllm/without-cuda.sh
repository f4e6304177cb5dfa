#!/bin/sh
# without-cuda.sh TORCH_LIB: takes what is for CUDA out of PyTorch's libraries. What the others need of it to be
# loaded (some two hundred symbols of thousands) comes from empty libraries of the same names: their functions
# do nothing and give 0, CUDA's own give the error that there is no device. PyTorch then finds no CUDA device.
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
gone='libtorch_cuda.so libtorch_cuda_linalg.so libtorch_nvshmem.so libc10_cuda.so libcaffe2_nvrtc.so'
NO_DEVICE=100

# shellcheck disable=SC2086 # a list
objdump -T $gone | awk '!/\*UND\*/ && NF >= 6 { print $NF }' >"$work/cuda"
# shellcheck disable=SC2086
rm $gone
objdump -T ./*.so | awk '!/\*UND\*/ && NF >= 6 { print $NF }' >"$work/there"
# Symbol and library: a symbol that has a version has it from its library's name.
objdump -T ./*.so | awk '
  /\*UND\*/ {
    version = $(NF - 1)
    print $NF, version ~ /^\(/ ? substr(version, 2, length(version) - 2) : "libtorch_cuda.so"
  }' | sort -u >"$work/wanted"
awk -v cuda="$work/cuda" -v there="$work/there" '
  FILENAME == cuda { of_cuda[$1]; next }
  FILENAME == there { found[$1]; next }
  !($1 in found) && ($1 in of_cuda || $1 ~ /^(cuda|cupti|cudnn|cuFile|nccl)/)
' "$work/cuda" "$work/there" "$work/wanted" >"$work/missing"
objdump -p ./*.so | awk '$1 == "NEEDED" && $2 ~ /^lib(cu|nccl|c10_cuda|torch_cuda)/ { print $2 }' | sort -u >"$work/libraries"

# render_c: of symbols, one a line. Not all are plain functions: C++ looks at the names of types when it is
# loaded, at what one function gives and at what one constructor makes.
render_c() {
  awk -v no_device="$NO_DEVICE" '
    function named(declaration) { return declaration " __asm__(\"" $1 "\")" }
    BEGIN {
      print "extern char class_info[] __asm__(\"_ZTVN10__cxxabiv117__class_type_infoE\");"
      print "extern char options_info[] __asm__(\"_ZTIN4c10d16ProcessGroupNCCL7OptionsE\") __attribute__((weak));"
      print "static long nothing(void) { return 0; }"
      print "static void *scratch[8];"
    }
    /^_ZTI/ {
      print named("struct { char *kind; const char *name; } type" NR) " = { class_info + 16, \"" substr($1, 5) "\" };"
      next
    }
    /^_ZTV/ || /9allocatorE$/ { print named("void *object" NR "[64]") ";"; next }
    /^_ZN4c10d15get_gil_checkerEv$/ {
      print named("void *f" NR "(void)") "; void *f" NR "(void) { return scratch; }"
      next
    }
    /^_ZN4c10d16ProcessGroupNCCL7OptionsC[12]Eb$/ {
      print "static void *methods" NR "[34] = { 0, options_info, [2 ... 33] = (void *)nothing };"
      print named("void f" NR "(void **self)") "; void f" NR "(void **self) { *self = methods" NR " + 2; }"
      next
    }
    {
      print named("int f" NR "(void)") "; int f" NR "(void) { return " ($1 ~ /^(cuda|cupti)[A-Z]/ ? no_device : 0) "; }"
    }'
}
while read -r library; do
  awk -v library="$library" '$2 == library { print $1 }' "$work/missing" | render_c >"$work/empty.c"
  [ "$library" = libtorch_cuda.so ] && version='' || version=$library
  echo "$version { global: *; };" >"$work/versions"
  gcc -shared -nostdlib -fPIC -O1 -Wl,-soname,"$library" -Wl,--version-script="$work/versions" -o "$library" "$work/empty.c"
done <"$work/libraries"
