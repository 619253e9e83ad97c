"""Asks again and again with several connections until the gateway is gone; prints the id of every exchange that was answered.

    load.py GATEWAY CLIENT PATH CONNECTIONS
"""

import sys
import threading
import uuid

import requests


def ask(gateway, client, path):
    session = requests.Session()
    while True:
        query_id = str(uuid.uuid4())
        headers = {"X-Road-Client": client, "X-Road-Id": query_id}
        try:
            answer = session.get(gateway + path, headers=headers, timeout=60)
        except requests.RequestException:
            return
        if answer.status_code == 200 and answer.headers["x-road-id"] == query_id:
            # One write a line, so that lines of two threads do not mix.
            sys.stdout.write(query_id + "\n")
            sys.stdout.flush()


def main(gateway, client, path, connections):
    threads = [threading.Thread(target=ask, args=(gateway, client, path)) for _ in range(int(connections))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
