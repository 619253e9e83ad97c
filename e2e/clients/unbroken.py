"""Systems that ask and a service that answers, on both ends of a pair of gateways, until a line comes on standard input.

    unbroken.py GATEWAY[,GATEWAY] CLIENT PATH SERVICE_HOST SERVICE_PORT CONNECTIONS

PATH leads to the service. Each system asks one question after the other, GET and POST by turns, on a connection that it keeps; one
in twenty answers takes the service a second. With several gateways each system has its own, and asks another when that one fails:
anew, with an id of its own. Prints a line for each question that nobody answers; at the end one JSON object, in which "broken" are
the questions that were asked anew: {"broken": [[id, why], ...], "answered": [id, ...], "failed": [[id, why], ...], "unmarked": {id: times that the service got it without the mark}, "slowest": seconds}.
"""

import json
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

# Of one question, where there are several gateways.
ATTEMPTS = 6

lock = threading.Lock()
unmarked = {}
answered, failed, broken = [], [], []
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

    def handle_error(self, *_):
        """Who asked was killed."""


def ask_once(session, address, client, body, query_id):
    headers = {"X-Road-Client": client, "X-Road-Id": query_id}
    try:
        if body:
            answer = session.post(address, data=body, headers=headers, timeout=60)
        else:
            answer = session.get(address, headers=headers, timeout=60)
    except requests.RequestException as error:
        return repr(error)
    return None if answer.status_code == 200 and answer.text == (body or query_id) else answer.text[:300]


def ask(gateways, client, path):
    session = requests.Session()
    number = 0
    while not stopping.is_set():
        number += 1
        began = time.monotonic()
        for attempt in range(ATTEMPTS if len(gateways) > 1 else 1):
            query_id = str(uuid.uuid4())
            body = query_id * 40 if number % 2 else None
            why = ask_once(session, gateways[attempt % len(gateways)] + path, client, body, query_id)
            if why is None:
                break
            with lock:
                broken.append([query_id, why])
            time.sleep(0.2)
        with lock:
            slowest[0] = max(slowest[0], time.monotonic() - began)
            if why is None:
                answered.append(query_id)
            else:
                failed.append([query_id, why])
                print("failed", why, flush=True)


def main(gateway, client, path, host, port, connections):
    server = Server((host, int(port)), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    gateways = gateway.split(",")
    systems = []
    for number in range(int(connections)):
        first = number % len(gateways)
        own = gateways[first:] + gateways[:first]
        systems.append(threading.Thread(target=ask, args=(own, client, path)))
    for system in systems:
        system.start()
    print("asking", flush=True)
    sys.stdin.readline()
    stopping.set()
    for system in systems:
        system.join()
    print(json.dumps({"broken": broken, "answered": answered, "failed": failed, "unmarked": unmarked, "slowest": slowest[0]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
