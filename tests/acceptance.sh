#!/usr/bin/env bash
# What a newcomer would type, on a fresh clone and in fresh environments, and what must come of it.
# ACCEPTANCE_QUICK=1 leaves out the test suite of the first step.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/kaoping-acceptance.XXXXXX")
python=${PYTHON:-python3}
trap 'rm -rf "$work"' EXIT
export KAOPING_LANG=zh PIP_DISABLE_PIP_VERSION_CHECK=1 KAOPING_CONFIG="$work/config" KAOPING_CACHE="$work/cache" \
  KAOPING_ACTOR=acceptance
unset KAOPING_DB MAKEFLAGS MAKELEVEL

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
# holds FILE EXPRESSION: a Python expression over the JSON object d of a file is true
holds() { "$python" -c 'import json,sys; d=json.load(open(sys.argv[1],encoding="utf-8")); sys.exit(not eval(sys.argv[2]))' "$1" "$2" \
  || fail "$2 does not hold in $(head -c 600 "$1")"; }
# ends CODE COMMAND...: the command ends with this code, without a traceback; its output is in $work/out, $work/err
ends() { local want=$1 code=0; shift; "$@" >"$work/out" 2>"$work/err" || code=$?
  ! grep -q 'Traceback (most recent call last)' "$work/out" "$work/err" || fail "traceback: $*"
  [ "$code" = "$want" ] || fail "$* ended $code, not $want: $(tail -5 "$work/out" "$work/err")"; }
rows() { "$python" - "$1" <<'END'
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
print([(name, *database.execute(f"SELECT count(*) FROM {name}").fetchone()) for name in tables])
END
}

step "1 a fresh clone: make demo, twice, with the same digests; make lint; make test"
git clone --quiet "$root" "$work/clone"
cd "$work/clone"
began=$SECONDS
make demo >"$work/demo1" 2>&1 || { tail -20 "$work/demo1"; fail "make demo"; }
echo "make demo: $((SECONDS - began)) s, everything set up from nothing"
[ $((SECONDS - began)) -le 60 ] || fail "make demo took more than a minute"
make demo >"$work/demo2" 2>&1
diff <(sed -n '/^── /,$p' "$work/demo1") <(sed -n '/^── /,$p' "$work/demo2") || fail "the second demo differs"
bin="$work/clone/.venv/bin"
"$bin/kaoping" --db demo/kaoping.db evaluation list --json >"$work/list"
holds "$work/list" 'len({(e["scheme"], e["period"]) for e in d["evaluations"]}) == len(d["evaluations"]) > 40'
holds "$work/list" 'sum(e["published_on"] is not None for e in d["evaluations"]) == 9'
"$bin/kaoping" --db demo/kaoping.db evaluation show 5 --json >"$work/year"
holds "$work/year" 'd["scheme"] == "property-abcd" and sum(d["grades"][g] for g in "ABCD") == 92'
"$bin/kaoping" --db demo/kaoping.db evaluation show 6 --json >"$work/stars"
holds "$work/stars" 'd["scheme"] == "harmonious-community-ten-star" and sum(d["grades"].values()) == 40'
make lint >"$work/lint" 2>&1 || { tail -20 "$work/lint"; fail "make lint"; }
if [ -z "${ACCEPTANCE_QUICK:-}" ]; then make test >"$work/test" 2>&1 || { tail -40 "$work/test"; fail "make test"; }; fi

step "2 a fresh environment with the extra: scheme list without a database, in another folder"
"$python" -m venv "$work/full"
"$work/full/bin/pip" install --quiet --quiet "$work/clone[durable]"
kaoping="$work/full/bin/kaoping"
mkdir "$work/office"
cd "$work/office"
ends 0 "$kaoping" scheme list --json
holds "$work/out" '{"property-abcd"} <= {s["id"] for s in d["schemes"]} and all(s["title"]["zh"] and s["title"]["en"] and s["edition"] for s in d["schemes"])'
[ ! -e kaoping.db ] || fail "scheme list made a database"

step "3 example files, a database, an import, and the same import again"
ends 0 "$kaoping" demo --files d
ends 0 "$kaoping" db init
ends 0 "$kaoping" import d --json
cp "$work/out" "$work/first"
holds "$work/first" 'd["written"] > 0 and d["unchanged"] == 0 and d["errors"] == []'
ends 0 "$kaoping" import d --json
holds "$work/out" "d['written'] == 0 and d['unchanged'] == $("$python" -c 'import json,sys; print(json.load(open(sys.argv[1]))["written"])' "$work/first") and d['errors'] == []"

step "4 both engines; the reference alone finds the same digest, and a dry run stores nothing"
ends 0 "$kaoping" evaluate property-abcd -p 2025 --json
cp "$work/out" "$work/evaluated"
holds "$work/evaluated" 'd["engines"] == ["reference", "durable"] and d["opinions"] == 2 and len(d["results"]) == 92'
holds "$work/evaluated" 'all({"subject", "score", "raw_grade", "grade", "status", "possible_grades"} <= set(r) for r in d["results"])'
before=$(rows kaoping.db)
ends 0 "$kaoping" evaluate property-abcd -p 2025 --engine reference --dry-run --json
holds "$work/out" "d['evaluation'] is None and d['result_digest'] == '$("$python" -c 'import json,sys; print(json.load(open(sys.argv[1]))["result_digest"])' "$work/evaluated")'"
[ "$before" = "$(rows kaoping.db)" ] || fail "a dry run stored something"
number=$("$python" -c 'import json,sys; print(json.load(open(sys.argv[1]))["evaluation"])' "$work/evaluated")

step "5 every worked case passes on both engines; a copy with one floor changed fails, naming case and grades"
ends 0 "$kaoping" scheme test --json
holds "$work/out" 'd["cases"] >= 51 and d["failed"] == 0 and d["engines"] == ["reference", "durable"] and d["notes"] == []'
mkdir changed
cp "$work"/clone/schemes/kaoping_property/property-abcd*.yaml changed/
sed -i '/score_floor_a: /s/value: 85/value: 86/' changed/property-abcd.yaml
ends 1 "$kaoping" scheme test changed/property-abcd.yaml --json
holds "$work/out" 'any(("A", "B") == (x["expected"], x["found"]) for s in d["schemes"] for f in s["failures"] if f["case"] for x in f["differences"])'

step "6 published; a company with one A and one D; the bid it wins ends the bonus"
ends 0 "$kaoping" publish "$number" --on 2026-01-20
ends 0 "$kaoping" event add bid_won --company w007 --on 2026-06-10
for pair in 2026-06-01:0 2026-06-10:-3 2027-01-20:0; do
  ends 0 "$kaoping" ledger --company w007 --on "${pair%%:*}" --json
  holds "$work/out" "d['net']['bid_points'] == '${pair#*:}' and all({'scheme', 'clause', 'from', 'until', 'ended_by'} <= set(e) for e in d['entries'])"
done

step "7 an explanation with every criterion, its expression, values, threshold, clause and sources"
ends 0 "$kaoping" explain e011 -p 2025 --json
holds "$work/out" 'd["criteria"] and all({"outcome", "expression", "values", "threshold", "clause", "sources"} <= set(c) for c in d["criteria"])'
holds "$work/out" 'd["raw_grade"] == "A" and d["grade"] == "B" and any(v["holds"] for v in d["vetoes"]) and d["missing"] == []'

step "8 the evaluation comes out the same, also after a correction was imported"
ends 0 "$kaoping" evaluation verify "$number" --json
holds "$work/out" 'd["same"] is True'
ends 0 "$kaoping" import d/correction --correct "核对原始评分表" --json
holds "$work/out" 'd["written"] > 0'
ends 0 "$kaoping" evaluation verify "$number" --json
holds "$work/out" 'd["same"] is True'

step "9 every bad file is refused, nothing changes; an unknown scheme ends 2 with a hint"
before=$(rows kaoping.db)
for folder in "$work"/clone/tests/bad/facts/*/; do
  code=$(sed -n 's/^\[exit\] //p' "$folder/expected.txt")
  ended=0; "$kaoping" import "$folder" >"$work/out" 2>"$work/err" || ended=$?
  case $ended in 1 | 2 | 4) ;; *) fail "$folder ended $ended (its own catalogue says $code)" ;; esac
  ! grep -q 'Traceback' "$work/out" "$work/err" || fail "traceback for $folder"
  grep -q '^错误：' "$work/err" || fail "$folder is refused without a word"
done
if [ -d "$work/clone/tests/bad/schemes" ]; then
  for file in "$work"/clone/tests/bad/schemes/*.yaml; do ends 1 "$kaoping" scheme check "$file"; done
fi
[ "$before" = "$(rows kaoping.db)" ] || fail "a refused file changed the database"
(cd "$work/clone" && "$bin/pytest" --quiet tests/test_intake_bad.py >"$work/bad" 2>&1) || { tail -20 "$work/bad"; fail "texts of bad files"; }
ends 2 "$kaoping" evaluate property-abdc -p 2025
grep -q '^提示：是不是.*property-abcd' "$work/err" || fail "no hint for a misspelt scheme"

step "10 without a compiler: sql is the second opinion; without it one opinion, which is said; the same digest"
"$python" -m venv "$work/plain"
CC=/bin/false "$work/plain/bin/pip" install --quiet --quiet "$work/clone"
cd "$work"
mkdir alone && cd alone
ends 0 "$work/plain/bin/kaoping" doctor --json
holds "$work/out" '[e["why"] for e in d["engines"] if e["name"] == "durable" and not e["available"]][0]'
ends 0 "$work/plain/bin/kaoping" db init
ends 0 "$work/plain/bin/kaoping" import "$work/office/d"
digest=$("$python" -c 'import json,sys; print(json.load(open(sys.argv[1]))["result_digest"])' "$work/evaluated")
ends 0 "$work/plain/bin/kaoping" evaluate property-abcd -p 2025 --json
holds "$work/out" "d['opinions'] == 2 and d['engines'] == ['reference', 'sql'] and d['result_digest'] == '$digest'"
ends 0 "$work/plain/bin/kaoping" plugin disable sql
ends 0 "$work/plain/bin/kaoping" evaluate property-abcd -p 2025
grep -q '仅一种引擎（one opinion）' "$work/out" || fail "one opinion is not said"
ends 0 "$work/plain/bin/kaoping" evaluate property-abcd -p 2025 --json
holds "$work/out" "d['opinions'] == 1 and d['result_digest'] == '$digest'"
ends 0 "$work/plain/bin/kaoping" plugin enable sql

step "11 an engine that alters one grade: refused, naming subject, rule and both values; nothing stored"
cd "$work/office"
"$bin/python" -m build --wheel --no-isolation --outdir "$work/wheels" "$work/clone/examples/kaoping-contrary-engine" >/dev/null 2>&1
ends 0 "$kaoping" plugin install "$work"/wheels/kaoping_contrary_engine-*.whl
ends 0 "$kaoping" plugin enable contrary
before=$(rows kaoping.db)
ends 4 "$kaoping" evaluate property-abcd -p 2025
grep -q '^错误：两个引擎对“.*”的结论不同：规则 grade，参照引擎为 B，contrary 为 A' "$work/err" || fail "$(cat "$work/err")"
[ "$before" = "$(rows kaoping.db)" ] || fail "a refused evaluation stored something"
ends 0 "$kaoping" plugin remove contrary
ends 0 "$kaoping" evaluate property-abcd -p 2025

step "12 scheme packages hold one hook implementation and no other Python; random facts on both engines"
for package in "$work"/clone/schemes/*/; do
  [ "$(find "$package" -name '*.py' -not -path '*/__pycache__/*' | wc -l)" = 1 ] || fail "$package holds more than one module"
  [ "$(grep -c '^def ' "$package/__init__.py")" = 1 ] || fail "$package/__init__.py holds more than one function"
  [ "$(grep -c '^@hookimpl' "$package/__init__.py")" = 1 ] || fail "$package/__init__.py has no single hook"
done
(cd "$work/clone" && "$bin/pytest" --quiet tests/test_scheme_properties.py >"$work/properties" 2>&1) \
  || { tail -20 "$work/properties"; fail "properties"; }

printf '\nall twelve steps hold (%s s)\n' "$SECONDS"
