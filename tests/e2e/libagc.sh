#!/usr/bin/env bash
# The library as others get it: installed, found by pkg-config, linked by small C programs
# (tests/lib), shared and static, and with eight threads under ThreadSanitizer.
source "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1
programs=$repo/tests/lib
unset MAKEFLAGS MAKELEVEL MFLAGS SANITIZE FAULTS CFLAGS LDFLAGS

# build_lib FOLDER VARIABLE...: builds in $tmp/FOLDER.build, installs to $tmp/FOLDER
build_lib() {
    local folder=$tmp/$1
    shift
    make -s -j2 -C "$repo" BUILD="$folder.build" PREFIX="$folder" "$@" install-lib >"$folder.log" 2>&1
}
# compile FOLDER PROGRAM FLAGS...: from tests/lib, against what is installed in FOLDER
compile() {
    local folder=$1 program=$2
    shift 2
    # shellcheck disable=SC2046
    ${CC:-cc} -Wall -Wextra -Werror -o "$folder/$program" "$programs/$program.c" "$@" \
        $(PKG_CONFIG_PATH=$folder/lib/pkgconfig pkg-config --cflags --libs agc) \
        -Wl,-rpath,"$tmp/$folder/lib" -lpthread
}

letters=$(python3 -c 'import random; random.seed(5); print("".join(random.choices("ACGT", k=200000)))')
printf '>chr1 first\n%s\n>chr2\nGATTACA\n>empty\n' "$letters" >a.fa
{ sed -n '1,2p' a.fa | sed 's/ACGT/ACCT/'; printf '>own\nCCCCNNNN\n'; } >b.fa
"$agc" create -q -o a.agc a.fa b.fa || not_ok create
"$agc" getcol a.agc >all.fa

if build_lib pre; then ok "make install-lib"; else not_ok "make install-lib" "$(tail -5 pre.log)"; finish; fi
for file in include/agc.h include/agc-api.h lib/libagc.so lib/libagc.a lib/pkgconfig/agc.pc; do
    truth "installed: $file" test -f pre/$file
done
truth "exported: agc_ alone" test -z "$(nm -D --defined-only pre/lib/libagc.so | awk '{print $3}' | grep -v '^agc_')"
truth "global in the archive: agc_ alone" \
    test -z "$(nm -g --defined-only pre/lib/libagc.a | awk 'NF == 3 {print $3}' | grep -v '^agc_')"
truth "no output, no exit" test -z "$(nm -D --undefined-only pre/lib/libagc.so |
    grep -wE 'exit|_exit|abort|printf|puts|perror|stdout|stderr|fprintf')"

for program in old_api new_api threads; do
    truth "$program: compiles" compile pre $program
done
expect "new_api" 0 pre/new_api a.agc
same "new_api: text" all.fa .out
expect "old_api lists" 0 pre/old_api a.agc
{
    echo "2 samples, reference a"
    echo "a: 3 3"; echo "  chr1 first: $(sed -n 2p a.fa | tr -d '\n' | wc -c)"; echo "  chr2: 7"; echo "  empty: 0"
    echo "b: 2 2"; echo "  chr1 first: $(sed -n 2p b.fa | tr -d '\n' | wc -c)"; echo "  own: 8"
} >wanted
same "old_api lists: text" wanted .out
expect "old_api, range" 0 pre/old_api a.agc a chr2 1 3
truth "old_api, range: text" grep -qx "3 of 7: ATT" .out
expect "old_api, whole" 0 pre/old_api a.agc - own -1 -1
truth "old_api, whole: text" grep -qx "8 of 8: CCCCNNNN" .out
expect "old_api, ambiguous" 1 pre/old_api a.agc - chr1 0 1
truth "old_api, ambiguous: code" grep -qx "length -2" .out
expect "old_api, nobody" 1 pre/old_api a.agc a chr9 0 1
truth "old_api, nobody: code" grep -qx "length -1" .out
expect "threads" 0 pre/threads a.agc 0 2000
truth "C++ takes the headers" eval 'printf "#include <agc-api.h>\n#include <agc.h>\nint main() { return agc_close(nullptr) + 1; }\n" |
    ${CXX:-c++} -x c++ -Ipre/include - -x none -o cxx pre/lib/libagc.a $(pkg-config --libs libzstd libxxhash) -lpthread && ./cxx'

# ---- archives that are none
head -c 1000 a.agc >cut.agc
: >nothing.agc
for file in cut.agc nothing.agc a.fa none.agc .; do
    expect "no archive: $file" 1 pre/new_api $file
    truth "no archive: $file: a message" grep -qE '^-[0-9]+ .+' .err
    expect "no archive, old: $file" 1 pre/old_api $file
    truth "no archive, old: $file: quiet" test ! -s .err
done

# ---- a byte made wrong is found by the archive's checks
python3 -c '
data = bytearray(open("a.agc", "rb").read())
data[len(data) // 3] ^= 4
open("bad.agc", "wb").write(data)'
expect "damaged" 1 pre/new_api bad.agc

# ---- eight threads under ThreadSanitizer
if echo 'int main(void) { return 0; }' | ${CC:-cc} -x c -fsanitize=thread - -o probe 2>/dev/null && ./probe; then
    if build_lib tsan SANITIZE=thread; then ok "tsan: build"; else not_ok "tsan: build" "$(tail -5 tsan.log)"; fi
    truth "tsan: compiles" compile tsan threads -fsanitize=thread
    for cache in 1 100000 0; do
        expect "tsan: cache of $cache" 0 tsan/threads a.agc $cache 300
        truth "tsan: cache of $cache: quiet" test ! -s .err
    done
else
    echo "skip tsan: the compiler has none"
fi
finish
