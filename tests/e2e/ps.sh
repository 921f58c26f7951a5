#!/usr/bin/env bash
# ps: shows a run that is going on, and changes nothing.
source "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1

printf '>a\n%s\n' "$(printf 'ACGTTGCATTAGGCTAACGTTCAGGATTACAGGCAT%.0s' {1..400})" >one.fa
expect "none is going on" 1 "$agc" ps one.agc
said "none is going on: told" "no run for one.agc"

# The reader waits for its input: the run stands still.
mkfifo slow
"$agc" create -t 2 --sample late -o one.agc one.fa - <slow 2>err.txt &
run=$!
exec 7>slow
for _ in {1..100}; do
    "$agc" ps one.agc >shown.txt 2>/dev/null && [ "$(grep -cE ' [1-9][0-9]* +1 ' shown.txt)" -eq 4 ] && break
    sleep 0.05
done
truth "shown by the output's name" grep -q "$PWD/one.agc: create, process $run, for" shown.txt
truth "its stages" test "$(grep -cE 'agc-(reader|worker [12]|writer) +[0-9]+ +1 ' shown.txt)" -eq 4
truth "its rings" test "$(grep -c ' -> ' shown.txt)" -eq 5
truth "its progress" grep -q 'of 2 |' shown.txt
expect "by its path" 0 "$agc" ps "$PWD/one.agc"
expect "all of them" 0 "$agc" ps
truth "all of them: this one as well" grep -q "process $run," "$tmp/.out"
expect "another" 1 "$agc" ps two.agc
printf '>b\nACGTACGT\n' >&7
exec 7>&-
wait $run
truth "the run was not disturbed" test $? -eq 0
expect "it is over" 1 "$agc" ps one.agc
expect "it is right" 0 "$agc" getset one.agc late
finish
