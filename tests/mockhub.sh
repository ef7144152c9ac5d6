# Sourced after lib.sh: a Hub on loopback, from the folder mockhub beside the
# golden data.

# mockhub [OPTION...]: start it with its sample data in ./hub.  Sets HUB and
# CDN and exports HF_ENDPOINT; it ends with the test.
# shellcheck disable=SC2120 # often without
mockhub() {
	need_golden
	mock=$HF_GOLDEN/../mockhub
	[ -d hub ] || python3 "$mock/mksample.py" hub
	rm -f hub.ready
	python3 "$mock/mockhub.py" hub --ready-file hub.ready "$@" \
	    >hub.log 2>&1 &
	mock_pid=$!
	trap 'kill "$mock_pid" 2>/dev/null' EXIT
	trap 'exit 1' HUP INT TERM
	tries=0
	until [ -f hub.ready ]; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ] || ! kill -0 "$mock_pid"; then
			cat hub.log >&2
			exit 1
		fi
		sleep 0.1
	done
	# shellcheck disable=SC1091 # written by mockhub
	. ./hub.ready
	unset HF_TOKEN HF_HUB_OFFLINE http_proxy https_proxy ALL_PROXY
	HF_ENDPOINT=$HUB
	HF_HOME=$PWD/hf
	export HF_ENDPOINT HF_HOME
}

# requests: what was asked since the last call, "server method status path".
requests() {
	python3 - "$HUB/__mock__/log" <<-'END'
	import json, sys, urllib.request
	opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
	for r in json.load(opener.open(sys.argv[1])):
	    print(r["server"], r["method"], r["status"], r["path"])
	opener.open(urllib.request.Request(sys.argv[1], method="DELETE"))
	END
}
