"""What the service tells of itself, and what it keeps to itself."""

from __future__ import annotations

import json
import logging
import logging.config
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from service import telemetry
from service.settings import Settings, SettingsError
from tests.processes import Service

TOKEN = "chy_" + "a1B2c3D4" * 5
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


def formatted(log_format: str, message: str, **extra: object) -> str:
    """What the handler would write of one record."""
    settings = Settings.from_environ({"CHANCERY_LOG_FORMAT": log_format, "HOME": "/home/ada"})
    made = telemetry.logging_config(settings)["formatters"][log_format]
    formatter = logging.config.DictConfigurator({"version": 1}).configure_formatter(dict(made))
    record = logging.makeLogRecord(
        {"msg": message, "name": "chancery.test", "levelno": 40, "levelname": "ERROR"} | extra
    )
    return formatter.format(record)


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        "chi_" + "a1B2c3D4" * 5,
        "ada@example.org",
        "open-sesame@",
        "private words",
    ],
)
def test_no_log_holds_a_secret(log_format: str, secret: str) -> None:
    said = (
        f"{TOKEN} {TOKEN.replace('chy', 'chi')} for ada@example.org "
        "at postgresql://chancery:open-sesame@db/chancery\n"
        "DETAIL:  Key (note)=(private words) already exists."
    )
    try:
        raise ValueError(said)
    except ValueError:
        line = formatted(log_format, said, path=said, exc_info=sys.exc_info())
    assert "ValueError" in line
    assert secret not in line
    assert "chancery:***@db" in line


def test_a_json_line_has_its_fields() -> None:
    line = json.loads(formatted("json", "request", request_id="abc", status=200))
    assert line["timestamp"].endswith("+00:00")
    del line["timestamp"]
    assert line == {
        "level": "ERROR",
        "logger": "chancery.test",
        "message": "request",
        "request_id": "abc",
        "status": 200,
    }


def test_a_text_line_is_for_people() -> None:
    line = formatted("text", "request", request_id="abc", created=0.0)
    assert line == "1970-01-01T00:00:00Z ERROR   chancery.test request request_id=abc"


def test_requests_are_logged_without_their_query(database_url: str) -> None:
    with Service(database_url=database_url) as service:
        service.ready()
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Request-ID": "of-this-test"}
        httpx.get(f"{service.url}/v1/programs?q=open-sesame", headers=headers)
        assert service.stop() == 0
        said = service.said
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("request_id") == "of-this-test"]
    assert (line["message"], line["path"]) == ("request", "/v1/programs")
    assert "open-sesame" not in said
    assert TOKEN not in said


class Collector(ThreadingHTTPServer):
    """An OpenTelemetry collector that keeps the spans it is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        self.spans: list[Span] = []
        super().__init__(("127.0.0.1", 0), Receiver)


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        body = self.rfile.read(int(self.headers["Content-Length"]))
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.server.spans += scope.spans
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_trace_goes_on_through_the_service(database_url: str, collector: Collector) -> None:
    endpoint = f"http://127.0.0.1:{collector.server_port}"
    with Service(database_url=database_url, otlp_endpoint=endpoint) as service:
        service.ready()
        url = f"{service.url}/v1/programs/nowhere"
        httpx.get(url, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
        for malformed in ("00-zz-11-01", f"00-{'0' * 32}-{PARENT}-01", "x" * 5000):
            assert httpx.get(url, headers={"traceparent": malformed}).status_code == 404
        # The end of the service sends what has not been sent.
        assert service.stop() == 0
    spans = [span for span in collector.spans if span.name == "GET /v1/programs/{program}"]
    assert len(spans) == 4
    (ours,) = [span for span in spans if span.trace_id.hex() == TRACE]
    assert ours.parent_span_id.hex() == PARENT
    assert ours.kind == Span.SPAN_KIND_SERVER
    assert {span.parent_span_id for span in spans if span is not ours} == {b""}


def test_a_collector_that_is_down_harms_nobody(database_url: str) -> None:
    with Service(database_url=database_url, otlp_endpoint="http://127.0.0.1:9") as service:
        service.ready()
        assert httpx.get(f"{service.url}/v1/programs").status_code == 200
        begun = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - begun < 15


def test_traces_need_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings.from_environ(
        {"CHANCERY_OTLP_ENDPOINT": "http://127.0.0.1:9", "HOME": "/home/ada"}
    )
    telemetry.check(settings)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if "site-packages" not in entry])
    for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SettingsError, match=r"pip install 'chancery\[otel\]'"):
        telemetry.check(settings)
