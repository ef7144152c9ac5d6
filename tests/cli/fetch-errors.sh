# What the Hub refuses, by kind; and where the token goes, and where not.
. "$TESTS/lib.sh"
. "$TESTS/hub.sh"
canary=hf_CanaryThatMustNotBeSeen0123456789
python3 "$HF_GOLDEN/../mockhub/mksample.py" hub
sed -i "s/hf_alice/$canary/" hub/users.json
mockhub --cdn-name localhost

echo "# refusals"
run hf-fetch acme/none
run hf-fetch acme/private
HF_TOKEN=hf_bob run hf-fetch acme/private
run hf-fetch meta/gated-7b
HF_TOKEN=hf_bob run hf-fetch meta/gated-7b
run hf-fetch acme/disabled
run hf-fetch acme/empty
HF_TOKEN=hf_wrong run hf-fetch acme/tiny-bert
HF_TOKEN='a b' run hf-fetch acme/tiny-bert
HF_TOKEN=hf_wrong run hf-fetch --no-token acme/tiny-bert config.json
HF_TOKEN=hf_wrong HF_HUB_DISABLE_IMPLICIT_TOKEN=1 \
    run hf-fetch acme/tiny-bert config.json
fault 'match=/revision/,status=404,times=1'
run hf-fetch acme/nli
fault 'match=/revision/,status=418,error=a teapot,times=1'
run hf-fetch acme/nli

echo "# nothing of them is left in the cache"
ls "$CACHE"

echo "# -k: what can be had is had"
printf '%s\n' acme/none acme/nli acme/disabled acme/cnn | run hf-fetch -k

echo "# tokens: the variable, the old variable, the files"
HF_TOKEN=$canary run hf-fetch --whoami
HF_TOKEN=$canary HUGGING_FACE_HUB_TOKEN=hf_bob run hf-fetch --whoami
HUGGING_FACE_HUB_TOKEN=hf_bob run hf-fetch --whoami
printf ' %s\r\n' hf_bob >token
HF_TOKEN_PATH=$PWD/token run hf-fetch --whoami
cp token "$HF_HOME/token"
run hf-fetch --whoami
HF_TOKEN=$canary run hf-fetch --whoami
rm "$HF_HOME/token"

echo "# the canary: private, gated, over the redirects, told with -v"
reset
for r in acme/private meta/gated-7b; do
	HF_TOKEN=$canary hf-fetch -v $r 2>>said >/dev/null
done
rm -rf "$CACHE"
# It lives, and has used the token, as long as more names may come.
mkfifo names
HF_TOKEN=$canary hf-fetch -v - <names 2>said2 >out &
pid=$!
exec 3>names
echo acme/private >&3
until grep -q 'GET.*safetensors' said2; do sleep 0.05; done
tr '\0' ' ' <"/proc/$pid/cmdline" >seen
cut -d ' ' -f 2- seen
exec 3>&-
wait $pid
echo "exit $?"
cat said2 >>said
requests server auth leak | sort -u
grep -c -e "$canary" said seen out
grep -r -l "$canary" "$HF_HOME"
grep -c GET said

echo "# a redirect to another origin takes no token along"
reset
fault "match=/resolve/.*README,redirect=$CDN/elsewhere,times=1"
HF_TOKEN=$canary run hf-fetch acme/cnn@main README.md
rm -rf "$CACHE"
fault "match=/resolve/.*README,redirect=$CDN/elsewhere,times=1"
HF_TOKEN=$canary hf-fetch -q acme/cnn README.md >/dev/null
requests server auth | sort -u

echo "# an endpoint that echoes the token, one that is plain http elsewhere"
fault '{"match": "/revision/", "status": 400, "times": 1,
    "error": "bad token '$canary'"}'
HF_TOKEN=$canary hf-fetch acme/cnn 2>&1 | grep -c -e "$canary"
HF_ENDPOINT=http://user:pw@127.0.0.1:1 run hf-fetch acme/cnn
HF_ENDPOINT=ftp://127.0.0.1 run hf-fetch acme/cnn

echo "# https"
if command -v openssl >/dev/null; then
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert \
	    -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
	    2>/dev/null
	plain=$HUB
	python3 "$HF_GOLDEN/../mockhub/mockhub.py" hub --ready-file ready2 --tls cert key \
	    >mock2.log 2>&1 &
	tls=$!
	trap 'kill $tls; kill "$mock_pid"' EXIT
	until [ -f ready2 ]; do sleep 0.05; done
	# shellcheck source=/dev/null
	. ./ready2
	rm -rf "$CACHE"
	SSL_CERT_FILE=$PWD/cert
	HF_ENDPOINT=$HUB
	export HUB HF_ENDPOINT SSL_CERT_FILE
	HF_TOKEN=$canary hf-fetch acme/private >/dev/null
	echo "exit $?"
	fault "match=/resolve/,redirect=$plain/acme/private/x"
	HF_TOKEN=$canary hf-fetch acme/cnn 2>&1 | show
	SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
	    hf-fetch acme/nli 2>&1 | show
else
	cat <<-END
	exit 0
	hf-fetch: acme/cnn: HUB: sent from https to http: refused
	hf-fetch: acme/nli: HUB: SSL peer certificate or SSH remote key was not OK
	END
fi
