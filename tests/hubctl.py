#!/usr/bin/env python3
"""hubctl.py log [FIELD...] | fault RULE... | reset [RULE...] | reload: steer the mock Hub of $HUB.

log prints a line a request; FIELDs are those of the mock's log, by default
server, method, status and the path without its query.  reset forgets log and
faults, then adds rules; reload reads its data again.  Sockets only: it starts in a third of the time."""
import json
import os
import socket
import sys


def connect():
    scheme, _, host = os.environ["HUB"].partition("://")
    name, _, port = host.partition(":")
    s = socket.create_connection((name, int(port)))
    if scheme == "https":
        import ssl
        s = ssl.create_default_context(
            cafile=os.environ["SSL_CERT_FILE"]).wrap_socket(
                s, server_hostname=name)
    return s


def control(what, method="GET", data=b""):
    with connect() as s:
        s.sendall(b"%s /__mock__/%s HTTP/1.1\r\nHost: mock\r\nConnection: "
                  b"close\r\nContent-Length: %d\r\n\r\n%s" % (
                      method.encode(), what.encode(), len(data), data))
        answer = s.makefile("rb").read()
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        sys.exit(f"hubctl: {what}: {body.decode()}")
    return json.loads(body)


def main(command, *args):
    if command in ("reset", "reload"):
        control(command, "POST")
    if command in ("fault", "reset"):
        for rule in args:
            control("faults", "POST", rule.encode())
    elif command == "log":
        for entry in control("log"):
            entry["path"] = entry["path"].split("?")[0]
            print(*(entry[f] for f in args or ("server", "method", "status",
                                               "path")))


if __name__ == "__main__":
    main(*sys.argv[1:])
