"""A system of an agency, in plain `requests`: asks a register abroad through its own gateway and checks every answer.

    exchange.py GATEWAY CLIENT SERVICE_PATH PERSON_ID NAME BORN NOBODYS_ID

Exit status 0 and a line "N exchanges as expected", or 1 and what was not.
"""

import base64
import hashlib
import sys
import urllib.parse
import uuid
import xml.etree.ElementTree

import requests

# What belongs to one connection and is not part of the message (X-Road's REST protocol).
SKIPPED = set(
    "transfer-encoding keep-alive proxy-authenticate proxy-authorization te trailer upgrade connection "
    "user-agent host content-length server expect".split()
)


def sha512(data):
    return hashlib.sha512(data).digest()


def request_hash(sent, request_id, made_id):
    """The hash of the request message: request line and headers as the gateway signs them, and the body's digest."""
    url = urllib.parse.urlsplit(sent.url)
    lines = [sent.method, url.path + (f"?{url.query}" if url.query else "")]
    lines += [f"{n.lower()}:{v}" for n, v in sent.headers.items() if n.lower() not in SKIPPED]
    lines.append(f"x-road-request-id:{request_id}")
    if made_id:
        lines.append(f"x-road-id:{made_id}")
    digest = sha512("".join(line + "\r\n" for line in lines).encode())
    if sent.body:
        body = sent.body if isinstance(sent.body, bytes) else sent.body.encode()
        digest = sha512(digest + sha512(body))
    return base64.b64encode(digest).decode()


class System:
    def __init__(self, gateway, client, service):
        self.base = gateway + service
        self.service = service.removeprefix("/r1/")
        self.client = client
        self.session = requests.Session()
        self.n_exchanges = 0

    def ask(self, path, status, error=None, method="GET", client=None, own_id=True, **more):
        """One exchange; its answer, after everything that holds for every answer was checked."""
        headers = {"X-Road-Client": client or self.client, **more.pop("headers", {})}
        query_id = str(uuid.uuid4())
        if own_id:
            headers["X-Road-Id"] = query_id
        answer = self.session.request(method, self.base + path, headers=headers, timeout=60, **more)
        self.n_exchanges += 1
        found = answer.headers
        expect(answer.status_code, status, f"status of {path}: {answer.text}")
        expect(found.get("X-Road-Error"), error, f"X-Road-Error of {path}: {answer.text}")
        if error is None:
            made = None if own_id else found["x-road-id"]
            expect(found["x-road-id"], query_id if own_id else made, "x-road-id")
            expect(found["x-road-client"], headers["X-Road-Client"], "x-road-client")
            expect(found["x-road-service"], self.service, "x-road-service")
            expected = request_hash(answer.request, found["x-road-request-id"], made)
            expect(found["x-road-request-hash"], expected, f"x-road-request-hash of {path}")
        return answer


def expect(found, expected, what):
    if found != expected:
        sys.exit(f"{what}: expected {expected!r}, found {found!r}")


def main(gateway, client, service, person, name, born, nobody):
    system = System(gateway, client, service)
    found = system.ask(f"/v1/persons/{person}", 200).json()
    expect(found["id"], person, "id")
    expect(found["born"], born, "born")
    expect(found["name"]["native"], name, "name")
    expect(system.ask(f"/v1/persons/{person}", 200, own_id=False).json(), found, "the same person again")

    by_name = system.ask("/v1/persons", 200, params={"name": name, "born": born}).json()
    expect(person in [p["id"] for p in by_name["persons"]], True, "the person is among those found by name")

    # A body on a GET is unusual, allowed, and part of what is hashed.
    system.ask(f"/v1/persons/{person}", 200, data="ສະບາຍດີ, xin chào".encode())
    headers = {"X-Road-UserId": "LA12345678", "X-Road-Issue": "case 7", "Accept-Language": "lo, vi;q=0.5"}
    system.ask(f"/v1/persons/{person}", 200, headers=headers)

    system.ask(f"/v1/persons/{nobody}", 404)
    system.ask("/v1/persons/abc", 400)
    denied = "server.serverproxy.access_denied"
    answer = system.ask(f"/v1/persons/{person}", 500, denied, method="POST", json={"a": 1})
    expect(set(answer.json()), {"type", "message", "detail"}, "keys of the error body")
    expect(answer.json()["type"], denied, "type of the error body")
    statistics = client.rsplit("/", 1)[0] + "/statistics"
    answer = system.ask(f"/v1/persons/{person}", 500, denied, client=statistics, headers={"Accept": "text/xml"})
    error = xml.etree.ElementTree.fromstring(answer.content)
    expect([e.tag for e in error], ["type", "message", "detail"], "elements of the error body")
    expect(error.findtext("type"), denied, "type of the error body")
    print(f"{system.n_exchanges} exchanges as expected")


if __name__ == "__main__":
    main(*sys.argv[1:])
