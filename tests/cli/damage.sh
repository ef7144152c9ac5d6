# Damaged and slow streams, a sample; "make campaign" does all.
. "$TESTS/lib.sh"
python3 "$TESTS/damage.py"
