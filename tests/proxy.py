"""proxy.py READY LOG NAME=PORT...: an HTTP proxy on loopback for hosts that do not exist: NAME is this
machine's PORT.  Writes "http://127.0.0.1:N" to READY, and all that reaches it and is not inside a
tunnel to LOG.  Host "refuse" is answered 407."""
import http.server
import os
import socket
import sys
import threading

READY, LOG, *NAMES = sys.argv[1:]
PORT = dict(name.split("=") for name in NAMES)


def pump(a, b):
    while data := a.recv(1 << 16):
        b.sendall(data)
    b.shutdown(socket.SHUT_WR)


class Proxy(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def target(self, host):
        with open(LOG, "a") as f:
            f.write(f"{self.command} {self.path}\n{self.headers}")
        name = host.split(":")[0]
        if name == "refuse":
            self.send_response(407)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        return socket.create_connection(("127.0.0.1", int(PORT[name])))

    def do_CONNECT(self):
        s = self.target(self.path)
        if s is not None:
            self.send_response(200)
            self.end_headers()
            threading.Thread(target=pump, args=(s, self.connection), daemon=True).start()
            pump(self.connection, s)

    def do_GET(self):
        _, _, host, path = self.path.split("/", 3)
        s = self.target(host)
        if s is not None:
            s.sendall(f"GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            pump(s, self.connection)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
server.daemon_threads = True
with open(READY + ".tmp", "w") as ready:
    ready.write(f"http://127.0.0.1:{server.server_port}\n")
os.rename(READY + ".tmp", READY)
server.serve_forever()
