# hf-cache on caches made by hand.  The expected hashes are sha1sum's and
# sha256sum's, the rules huggingface_hub's.
. "$TESTS/lib.sh"
unset HF_HOME HUGGINGFACE_HUB_CACHE TRANSFORMERS_CACHE
HF_HUB_CACHE=$PWD/hub
HF_HUB_OFFLINE=1
export HF_HUB_CACHE HF_HUB_OFFLINE
A=1111111111111111111111111111111111111111
B=2222222222222222222222222222222222222222

# blob REPO FILE [git]: store FILE's content under its hash, print the hash.
blob() {
	if [ "${3:-}" = git ]; then
		hash=$({ printf 'blob %d\0' "$(wc -c <"$2")"; cat "$2"; } |
		    sha1sum)
	else
		hash=$(sha256sum <"$2")
	fi
	hash=${hash%% *}
	mkdir -p "hub/$1/blobs"
	cp "$2" "hub/$1/blobs/$hash"
	touch -d 2026-01-02T03:04:05Z "hub/$1/blobs/$hash"
	echo "$hash"
}

# file REPO COMMIT PATH HASH: a snapshot's link.
file() {
	mkdir -p "hub/$1/snapshots/$2/$(dirname "$3")"
	up=$(dirname "$3" | sed 's,^\.$,,; s,[^/][^/]*,..,g')
	ln -s "../../${up:+$up/}blobs/$4" "hub/$1/snapshots/$2/$3"
}

# ref REPO NAME COMMIT
ref() {
	mkdir -p "hub/$1/refs/$(dirname "$2")"
	printf %s "$3" >"hub/$1/refs/$2"
}

# Two revisions of a model that share config.json, and a data set.
fresh() {
	rm -rf hub
	m=models--acme--bert
	printf '{}\n' >config
	printf 'weights one' >one
	printf 'weights two, longer' >two
	c=$(blob $m config git)
	w1=$(blob $m one)
	w2=$(blob $m two)
	file $m $A config.json "$c"
	file $m $A sub/dir/model.safetensors "$w1"
	file $m $B config.json "$c"
	file $m $B model.safetensors "$w2"
	ref $m main $A
	ref $m refs/pr/1 $B
	ref $m v1.0 $B
	file datasets--squad $A data.csv "$(blob datasets--squad config)"
	ref datasets--squad main $A
	printf 'Signature: 8a477f597d28d172789f06886806bc55\n' \
	    >hub/CACHEDIR.TAG
}

# say COMMAND...: what it prints, both streams, and its exit status.
say() {
	"$@" >out 2>err
	code=$?
	sed "s,$PWD/,,g" out err
	echo "exit $code"
}

# The cache without times of access, to see whether it was written to.
state() {
	find hub -printf '%p %l %s %T@ %C@\n' | sort
}

echo "# ls"
fresh
state >before
say hf-cache ls
say hf-cache ls -H squad dataset/squad models/acme/bert@v1.0
say hf-cache ls --json "acme/bert@$A"

echo "# verify"
say hf-cache verify
say hf-cache verify -qv "acme/bert@refs/pr/1"
state | diff before - && echo "nothing was written"

echo "# damage is found: a bit, a missing byte, a missing file"
printf 'Weights one' >"hub/$m/blobs/$w1"
truncate -s -1 "hub/$m/blobs/$w2"
rm hub/datasets--squad/blobs/*
say hf-cache verify -q

echo "# trees"
fresh
mkdir hub/$m/trees
cat >hub/$m/trees/$B.json <<END
{"format_version": 1, "files": {
 "README.md": {"size": 3, "blob_id": "$c"},
 "config.json": {"size": 3, "blob_id": "$c"},
 "model.safetensors": {"size": 19, "blob_id": "$c", "lfs_sha256": "$w2",
  "lfs_size": 19}}}
END
say hf-cache verify "acme/bert@v1.0"
say hf-cache verify --ignore-missing -q "acme/bert@v1.0"
echo "another file's blob, and a size that is wrong"
printf '[]\n' >config2
c2=$(blob $m config2 git)
ln -sfn "../../blobs/$c2" hub/$m/snapshots/$B/config.json
sed -i 's/"lfs_size": 19/"lfs_size": 20/' hub/$m/trees/$B.json
say hf-cache verify --ignore-missing -q "acme/bert@v1.0"

echo "# copies in place of links"
fresh
mkdir hub/$m/trees
printf '{"format_version": 1, "files": {"config.json": {"size": 3,
    "blob_id": "%s"}}}' "$c" >hub/$m/trees/$A.json
rm hub/$m/snapshots/$A/config.json
cp config hub/$m/snapshots/$A/config.json
cp config hub/$m/snapshots/$A/unlisted
say hf-cache verify "acme/bert@$A"
printf '[]\n' >hub/$m/snapshots/$A/config.json
say hf-cache verify -q "acme/bert@$A"
hf-cache ls "acme/bert@$A" | cut -f 5

echo "# the shared store: links to links"
fresh
x=$(printf %064d 7)
mkdir -p hub/blobs/00
printf '1\n' >hub/blobs/.huggingface-shared-blobs
mv "hub/$m/blobs/$w1" "hub/blobs/00/$x"
ln -s "../../blobs/00/$x" "hub/$m/blobs/$w1"
printf '%s/blobs/%s\n' $m "$w1" >"hub/blobs/00/$x.refs"
hf-cache ls acme/bert@main | cut -f 2-5
say hf-cache verify acme/bert@main
say hf-cache gc
say hf-cache rm -v acme/bert@main
ls hub/blobs/00
echo "a file that a link still leads to stays, and one without a list"
: >"hub/blobs/00/$x"
ln -s "../../blobs/00/$x" "hub/$m/blobs/$w1"
file $m $B x "$w1"
printf 'a\nmodels--acme--bert/blobs/..\n%s/blobs/%s\n' $m "$w1" \
    >"hub/blobs/00/$x.refs"
say hf-cache gc -v
rm "hub/$m/snapshots/$B/x"
mv "hub/blobs/00/$x.refs" refs
say hf-cache gc -v
mv refs "hub/blobs/00/$x.refs"
rm hub/blobs/.huggingface-shared-blobs
say hf-cache gc -v
printf '1\n' >hub/blobs/.huggingface-shared-blobs
say hf-cache gc -v

echo "# what breaks others"
fresh
printf '%s\n' $A >hub/$m/refs/main
printf '%040d' 3 >hub/$m/refs/gone
printf 'no hash' >hub/$m/refs/bad
printf %s $B >hub/$m/refs/old.01234567.tmp
touch -d '3 days ago' hub/$m/refs/bad hub/$m/refs/old.01234567.tmp
: >hub/$m/refs/new
printf %s $A >hub/$m/refs/new.01234567.tmp
mkfifo hub/$m/refs/fifo hub/$m/blobs/fifo hub/$m/snapshots/fifo
ln -s ../../blobs/nothing hub/$m/snapshots/$A/nothing
ln -s / hub/$m/snapshots/$A/root
ln -s loop hub/$m/snapshots/$A/loop
echo stray >hub/stray
mkdir hub/strange hub/models-- hub/models--no--snapshots
touch -d '3 days ago' hub/models--no--snapshots
say hf-cache ls
say hf-cache verify -q acme/bert
say hf-cache gc -v

echo "# what can't be seen may be used: nothing is removed"
fresh
deep=hub/$m/snapshots/$A$(printf %0140d 0 | sed 's/00/\/d/g')
mkdir -p "$deep"
ln -s ../../blobs/nothing "$deep/file"
blob $m one git >/dev/null
say hf-cache ls acme/bert@main
say hf-cache gc
say hf-cache rm "acme/bert@$B"
find hub/$m/blobs -type f | wc -l
echo "a list of files that is none"
fresh
mkdir hub/$m/trees
echo '{"format_version": 1, "files": {"../x": {"size": 1,
    "blob_id": "1111111111111111111111111111111111111111"}}}' \
    >hub/$m/trees/$A.json
say hf-cache verify -q

echo "# rm: a ref, a revision, a repository"
fresh
say hf-cache rm -n acme/bert@v1.0
say hf-cache rm -v acme/bert@v1.0
say hf-cache rm -n acme/bert@refs/pr/1
say hf-cache rm -v acme/bert@refs/pr/1
say hf-cache verify -q
find hub/$m | sort
say hf-cache rm -v acme/bert
find hub/models* 2>&1 | sort
echo "the last revision takes the repository with it"
say hf-cache rm "dataset/squad@$A"
find hub | sort
echo "names from stdin, as ls prints them"
fresh
hf-cache ls | grep bert | hf-cache rm
hf-cache ls | cut -f 1-4
printf 'dataset/squad\n\n' | hf-cache rm
hf-cache ls
printf 'squad\0x\n' | status hf-cache rm
say hf-cache rm nobody/nothing acme/bert@nope

echo "# gc: what nobody uses"
fresh
blob $m one git >/dev/null
touch -d '3 days ago' "hub/$m/blobs/$w1.01234567.incomplete" \
    "hub/$m/blobs/tmp_old"
: >"hub/$m/blobs/tmp_new"
touch "hub/$m/blobs/$w2.incomplete"
say hf-cache gc -n
say hf-cache gc
find "hub/$m/blobs" -type f | wc -l
say hf-cache gc --older 0s -v
say hf-cache gc --detached -v
rm hub/$m/refs/main
say hf-cache gc --detached -v

echo "# locks"
fresh
rm hub/$m/snapshots/$B/model.safetensors
mkdir -p hub/.locks/$m
: >"hub/.locks/$m/$w2.lock"
flock "hub/.locks/$m/$w2.lock" sh -c '
	hf-cache rm acme/bert; echo "exit $?"
	hf-cache gc; echo "exit $?"' 2>&1 | sed "s,$PWD/,,"
ls "hub/$m/blobs/$w2"
touch -d '3 days ago' "hub/$m/blobs/$w2.incomplete"
flock "hub/$m/blobs/$w2.incomplete" hf-cache gc -v | sed "s,$PWD/,,"
say hf-cache gc -v

echo "# no way out of the cache"
fresh
mkdir -p elsewhere/blobs elsewhere/snapshots/$A
echo precious >elsewhere/blobs/precious
touch -d '3 days ago' elsewhere/blobs/precious
echo precious >elsewhere/precious
ln -s ../elsewhere hub/models--evil
ln -s ../../../../elsewhere hub/$m/snapshots/$A/link
ln -s ../../../../elsewhere/precious hub/$m/snapshots/$A/file
rm -r hub/datasets--squad/blobs
ln -s ../../elsewhere/blobs hub/datasets--squad/blobs
say hf-cache gc
say hf-cache rm evil
say hf-cache rm dataset/squad
say hf-cache rm acme/bert
find elsewhere | sort
status hf-cache rm ../elsewhere
status hf-cache rm 'a/../b' </dev/null
status hf-cache ls 'acme/bert@../../elsewhere'

echo "# usage and errors"
status hf-cache
status hf-cache frobnicate
status hf-cache ls --bad
status hf-cache ls -n
status hf-cache gc --older yesterday
status hf-cache verify -j 0
HF_HUB_CACHE=$PWD/none say hf-cache ls
fresh
hf-cache ls >/dev/full
echo "exit $?"
hf-cache verify >/dev/full
echo "exit $?"
