"""Systems that ask and a service that answers, on both ends of a pair of gateways, until a line comes on standard input.

    unbroken.py GATEWAY CLIENT PATH SERVICE_HOST SERVICE_PORT CONNECTIONS

PATH leads to the service. Each system asks one question after the other, GET and POST by turns, on a connection that it keeps; one
in twenty answers takes the service a second. Prints a line for each failure; at the end one JSON object:
{"answered": [id, ...], "failed": [[id, why], ...], "unmarked": {id: times that the service got it without the mark}, "slowest": seconds}.
"""

import json
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

lock = threading.Lock()
unmarked = {}
answered, failed = [], []
slowest = [0.0]
stopping = threading.Event()


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        query_id = self.headers["x-road-id"]
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if "x-mekong-repeated" not in self.headers:
            with lock:
                unmarked[query_id] = unmarked.get(query_id, 0) + 1
        if int(query_id[-2:], 16) % 20 == 0:
            time.sleep(1)
        body = body or query_id.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/octet-stream")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def ask(gateway, client, path):
    session = requests.Session()
    number = 0
    while not stopping.is_set():
        number += 1
        query_id = str(uuid.uuid4())
        headers = {"X-Road-Client": client, "X-Road-Id": query_id}
        body = query_id * 40 if number % 2 else None
        began = time.monotonic()
        try:
            if body:
                answer = session.post(gateway + path, data=body, headers=headers, timeout=60)
            else:
                answer = session.get(gateway + path, headers=headers, timeout=60)
            why = None if answer.status_code == 200 and answer.text == (body or query_id) else answer.text[:300]
        except requests.RequestException as error:
            why = repr(error)
        with lock:
            slowest[0] = max(slowest[0], time.monotonic() - began)
            if why is None:
                answered.append(query_id)
            else:
                failed.append([query_id, why])
                print("failed", why, flush=True)
        if why:
            time.sleep(0.2)


def main(gateway, client, path, host, port, connections):
    server = Server((host, int(port)), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    systems = [threading.Thread(target=ask, args=(gateway, client, path)) for _ in range(int(connections))]
    for system in systems:
        system.start()
    print("asking", flush=True)
    sys.stdin.readline()
    stopping.set()
    for system in systems:
        system.join()
    print(json.dumps({"answered": answered, "failed": failed, "unmarked": unmarked, "slowest": slowest[0]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
