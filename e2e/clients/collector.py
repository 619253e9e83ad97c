"""A collector of traces: takes OTLP over HTTP, decodes it with the classes that the OpenTelemetry project generates, and prints
each span with its resource as a line of JSON. The first request is refused for a moment, as busy collectors do."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

refused = []


def tell(value):
    # One write, so that lines of two requests do not mix.
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def attributes(message):
    value = lambda any_value: MessageToDict(any_value).popitem()[1]
    return {attribute.key: value(attribute.value) for attribute in message.attributes}


class Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_right = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
        if not is_right or self.headers["Authorization"] != sys.argv[1]:
            tell({"wrong": [self.path, str(self.headers)]})
            return self.answer(400, b"")
        if not refused:
            refused.append(True)
            return self.answer(503, b"")
        request = ExportTraceServiceRequest()
        request.ParseFromString(body)
        for resource_spans in request.resource_spans:
            for scope_spans in resource_spans.scope_spans:
                for span in scope_spans.spans:
                    assert len(span.trace_id) == 16 and len(span.span_id) == 8, span
                    assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano, span
                    told = {
                        "resource": attributes(resource_spans.resource),
                        "scope": scope_spans.scope.name,
                        "trace": span.trace_id.hex(),
                        "id": span.span_id.hex(),
                        "parent": span.parent_span_id.hex(),
                        "name": span.name,
                        "kind": span.SpanKind.Name(span.kind),
                        "nanos": span.end_time_unix_nano - span.start_time_unix_nano,
                        "status": span.status.StatusCode.Name(span.status.code) if span.HasField("status") else None,
                        "message": span.status.message,
                        "links": [[link.trace_id.hex(), link.span_id.hex()] for link in span.links],
                        "attributes": attributes(span),
                    }
                    tell(told)
        self.answer(200, ExportTraceServiceResponse().SerializeToString())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
