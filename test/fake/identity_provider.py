#!/usr/bin/env python3
"""An identity provider as far as its keys go: serves a file over HTTP on loopback.

    identity_provider.py FOLDER [PORT]

Every request is answered with what is in FOLDER at that time: `keys`, with the status in `status` if that exists. Writes the
port to FOLDER/port, and one line for each request to FOLDER/requests.
"""
import http.server
import os
import sys

folder = sys.argv[1]


def read(name, otherwise):
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return otherwise


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(os.path.join(folder, "requests"), "a", encoding="utf-8") as file:
            file.write(self.path + "\n")
        body = read("keys", "").encode()
        self.send_response(int(read("status", "200")))
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "public, max-age=3600")
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    # asked as a proxy, which it is not
    def do_CONNECT(self):
        with open(os.path.join(folder, "requests"), "a", encoding="utf-8") as file:
            file.write("CONNECT " + self.path + "\n")
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0), Handler)
with open(os.path.join(folder, "port.new"), "w", encoding="utf-8") as port_file:
    port_file.write(str(server.server_port))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
