"""What Frontdesk tells of itself, read by the libraries of OpenTelemetry and Prometheus."""

import http.server
import json
import queue
import threading
import urllib.error
import urllib.request

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

import programs

MODERN = "2026-07-28"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TOKEN = "a-token-of-the-suite"
METRICS = "a-token-of-the-metrics"


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes whatever is sent, and keeps it."""

    came = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        Collector.came.put((self.path, self.headers["content-type"], body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def call(url, tool, arguments, headers=None):
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
        "traceparent": PARENT,
    }
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments, "_meta": meta},
    }
    request = urllib.request.Request(
        f"{url}/mcp",
        data=json.dumps(body).encode(),
        headers={
            "authorization": f"Bearer {TOKEN}",
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": MODERN,
            "mcp-method": "tools/call",
            "mcp-name": tool,
            **(headers or {}),
        },
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def attributes(message):
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in message.attributes}


def next_of(path):
    """The next message to that path."""
    while True:
        came, kind, body = Collector.came.get(timeout=30)
        if came == path:
            assert kind == "application/x-protobuf", kind
            return body


def spans(url):
    assert "isError" in json.dumps(call(url, "list_tags", {}))
    request = ExportTraceServiceRequest.FromString(next_of("/v1/traces"))
    resource = attributes(request.resource_spans[0].resource)
    assert resource["service.name"] == "frontdesk", resource
    (span,) = request.resource_spans[0].scope_spans[0].spans
    assert span.name == "tools/call list_tags", span.name
    assert span.trace_id.hex() == PARENT[3:35], span.trace_id.hex()
    assert span.parent_span_id.hex() == PARENT[36:52], span.parent_span_id.hex()
    assert len(span.span_id) == 8 and span.span_id != span.parent_span_id
    assert span.kind == span.SPAN_KIND_SERVER and span.flags & 1
    assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 60e9
    told = attributes(span)
    assert told["mcp.method.name"] == "tools/call", told
    assert told["gen_ai.tool.name"] == "list_tags", told
    assert told["frontdesk.upstream.status"] == 200, told
    unknown = set(str(field[0].number) for field in span.ListFields()) - set("1 2 4 5 6 7 8 9 15 16".split())
    assert not unknown, unknown


def metrics(_):
    request = ExportMetricsServiceRequest.FromString(next_of("/v1/metrics"))
    found = {one.name: one for one in request.resource_metrics[0].scope_metrics[0].metrics}
    calls = found["frontdesk.calls"].sum
    assert calls.is_monotonic and calls.aggregation_temporality == 2
    durations = found["mcp.server.operation.duration"]
    assert durations.unit == "s"
    for point in durations.histogram.data_points:
        assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
        assert sum(point.bucket_counts) == point.count
    assert found["frontdesk.audit.recordable"].gauge.data_points[0].as_double == 1


def page(url):
    request = urllib.request.Request(f"{url}/metrics", headers={"authorization": f"Bearer {METRICS}"})
    with urllib.request.urlopen(request) as answer:
        text = answer.read().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    calls = {
        (sample.labels["risk"], sample.labels["outcome"]): sample.value
        for sample in families["frontdesk_calls"].samples
    }
    assert calls["read", "ok"] >= 1, calls
    assert families["mcp_server_operation_duration_seconds"].type == "histogram"
    series = sum(len(family.samples) for family in families.values())
    assert series < 400, series
    try:
        urllib.request.urlopen(f"{url}/metrics")
        raise AssertionError("the metrics are open")
    except urllib.error.HTTPError as refused:
        assert refused.code == 401, refused.code


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    steps = programs.Steps()
    with programs.started("sandbox", "--listen", "127.0.0.1:0") as ((sandbox,), _):
        env = {
            "FRONTDESK_TOKEN": TOKEN,
            "FRONTDESK_METRICS_TOKEN": METRICS,
            "INTERCOM_ACCESS_TOKEN": "sandbox-token",
            "INTERCOM_BASE_URL": sandbox,
            "FRONTDESK_TOOLSETS": "all",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
            "OTEL_METRIC_EXPORT_INTERVAL": "200",
            "OTEL_BSP_SCHEDULE_DELAY": "1",
            "OTEL_TRACES_SAMPLER": "parentbased_always_off",
        }
        with programs.started("serve", "--listen", "127.0.0.1:0", env=env) as ((url, *_), _):
            steps("a span as OpenTelemetry reads it", lambda: spans(url))
            steps("metrics as OpenTelemetry reads them", lambda: metrics(url))
            steps("the page as Prometheus reads it", lambda: page(url))
    steps.report("telemetry")


main()
