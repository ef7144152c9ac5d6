# What "make install" leaves works from where it is, for every user.
. "$TESTS/lib.sh"
root=$PWD/root
(umask 077 && cd "$TOP" && scripts/install "$OUT" "$root" /opt/hf)
find root \( -type d ! -perm -055 -o -type f ! -perm -044 \)
PATH=$root/opt/hf/bin:/usr/bin:/bin
echo 'I love this!' | hf-tokenize -m sentiment-tiny | hf-forward | tee out |
    hf-decode
hf-show out | grep ' model:' | sed "s|$PWD/||"
