#!/bin/sh
# Measures the rows of docs/performance.md on a machine where nothing else runs, records them and draws the graphs anew; about 11 minutes.
#
#   docs/performance/measure.sh ["CONDITIONS IN A FEW WORDS"]
#
# PEER, where set, is a command that is called with rows (T1 T3 T5 …), measures a peer on the same work, and prints one line of JSON a row:
# {"system": "…", "row": "T1", "nodes": 3, "unit": "messages/s", "value": …, "min": …, "max": …}. It is alternated with Norris.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
dotnet publish "$top/Norris.Node" -c Release -v q
norris=$(ls "$top"/Norris.Node/bin/Release/net10.0/*/publish/norris)
figures=$here/figures.jsonl
new=$(mktemp)
trap 'rm -f "$new"' EXIT

bench() { "$norris" bench --json "$@" | sed 's/^{/{"system":"Norris",/' >> "$new"; }
agreed() { "$norris" bench --json L --delivery agreed | sed 's/^{/{"system":"Norris, agreed",/' >> "$new"; }
peer() { [ -z "${PEER:-}" ] || $PEER "$@" >> "$new"; }

for _ in 1 2; do
    bench T1 T3 T5
    peer T1 T3 T5
done
bench L
agreed
peer L
bench J --rounds 2
peer J
bench M I
bench B
bench S --rounds 2
bench S --nodes 16 --rounds 2
python3 "$here/draw.py" record "$new" "$figures" "${1:-a quiet machine}"
python3 "$here/draw.py" draw "$figures" "$here"
