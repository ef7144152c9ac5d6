# hf-card fetches what the cache lacks, as hf-fetch would, and asks for no more.
. "$TESTS/lib.sh"
. "$TESTS/mockhub.sh"
mockhub --page-size 10

echo "# fetched once"
hf-card acme/sentiment@main
requests | sed 's,[0-9a-f]\{40\},COMMIT,g'
hf-card acme/sentiment | tail -n 1
requests
HF_HUB_OFFLINE=1 hf-card --body acme/sentiment
find hf/hub/models--acme--sentiment -type l -o -name main |
    sed 's,[0-9a-f]\{40\},COMMIT,'
echo "# the types"
hf-card -t dataset acme/tiny-data | tail -n 1
hf-card --body spaces/acme/demo
echo "# a policy over what a search found"
hf-search --author bulk --limit 4 |
    status hf-card -q --require license=mit
echo "# what can't be had"
status hf-card nobody/nothing
status hf-card acme/private
status hf-card acme/sentiment@nope
status hf-card meta/gated-7b | sed "s,$HUB,HUB,"
HF_TOKEN=hf_alice hf-card meta/gated-7b | sed -n 3p
requests >/dev/null
HF_HUB_OFFLINE=1 status hf-card acme/nli
requests
