# Proxies: none for this machine, and none learns the token.
. "$TESTS/lib.sh"
. "$TESTS/hub.sh"
canary=hf_CanaryThatMustNotBeSeen0123456789
python3 "$HF_GOLDEN/../mockhub/mksample.py" hub
sed -i "s/hf_alice/$canary/" hub/users.json
mockhub
openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 \
    -subj /CN=hub.test -addext subjectAltName=DNS:hub.test,IP:127.0.0.1 \
    2>/dev/null
python3 "$HF_GOLDEN/../mockhub/mockhub.py" hub --ready-file ready2 \
    --tls cert key >mock2.log 2>&1 &
tls=$!
trap 'kill "$mock_pid" $tls' EXIT
until [ -f ready2 ]; do sleep 0.05; done
https=$(sed -n 's/^HUB=//p' ready2)
python3 "$TESTS/proxy.py" proxy.ready log "plain.test=${HUB##*:}" \
    "hub.test=${https##*:}" 2>proxy.err &
proxy=$!
trap 'kill "$mock_pid" $tls $proxy' EXIT
until [ -f proxy.ready ]; do sleep 0.05; done

http_proxy=$(cat proxy.ready)
https_proxy=$http_proxy ALL_PROXY=$http_proxy
SSL_CERT_FILE=$PWD/cert
export http_proxy https_proxy ALL_PROXY SSL_CERT_FILE

# What the proxy saw, without what every request has.
seen() {
	[ -f log ] && grep -v -e '^$' -e '^Accept' -e '^User-Agent' log | sort -u
	rm -f log
}

echo "# this machine"
HF_TOKEN=$canary run hf-fetch acme/private config.json
HF_ENDPOINT=$https HF_TOKEN=$canary run hf-fetch acme/private README.md
HF_TOKEN=$canary run hf-search --limit 1 private
seen

echo "# a host elsewhere over http: the token stays here"
HF_ENDPOINT=http://plain.test HF_TOKEN=$canary run hf-fetch acme/nli config.json
HF_ENDPOINT=http://plain.test HF_TOKEN=$canary run hf-fetch acme/private
seen

echo "# over https: it is inside the tunnel"
rm -rf "$CACHE"
HF_ENDPOINT=https://hub.test HF_TOKEN=$canary run hf-fetch acme/private
seen

echo "# a proxy that refuses"
HF_ENDPOINT=https://refuse HF_TOKEN=$canary run hf-fetch acme/cnn
HF_ENDPOINT=http://refuse run hf-fetch acme/nli
seen
