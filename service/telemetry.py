"""What the service tells of itself: logs, the pool's metrics, and traces."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import logging.config
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prometheus_client import Gauge
from pythonjsonlogger.json import JsonFormatter

from domain import jobs
from domain.call import Call
from domain.errors import Unavailable
from domain.jobs import JobName, JobState
from domain.rules.access import WORKER
from domain.store.database import Database
from service.settings import Settings, SettingsError

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client shares its numbers between processes."""

POOL_SIZE = Gauge(
    "chancery_pool_connections", "Open database connections.", multiprocess_mode="livesum"
)
POOL_IDLE = Gauge(
    "chancery_pool_idle_connections",
    "Open database connections that nobody uses.",
    multiprocess_mode="livesum",
)
POOL_SECONDS = 5.0

# The same for all processes: each reads them from the database, and one of them is asked.
JOBS = Gauge(
    "chancery_jobs", "Jobs in the queue.", ["job", "state"], multiprocess_mode="livemostrecent"
)
JOBS_OLDEST = Gauge(
    "chancery_jobs_oldest_seconds",
    "For how long the oldest job that waits or runs has been due.",
    ["job"],
    multiprocess_mode="livemostrecent",
)
JOB_FAILURES = Gauge(
    "chancery_job_failures",
    "Attempts at jobs that have failed, ever.",
    ["job"],
    multiprocess_mode="livemostrecent",
)
QUEUE_SECONDS = 15.0

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}

# What an error message may quote of a request or a record, and a log must not: a text that is in it
# (which is looked for first, for most lines have none), how it looks, and what is shown instead.
PRIVATE = [
    ("DETAIL: ", re.compile(r"^DETAIL: .*$", re.MULTILINE), "(not shown)"),
    ("query argument", re.compile(r"invalid input for query argument \$\d+: .*"), "(not shown)"),
    ("ch", re.compile(r"\b(ch[a-z])_[0-9A-Za-z]{20,}"), r"\1_***"),
    ("@", re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "***@***"),
    ("postgres", re.compile(r"(postgres(?:ql)?://[^:/@\s]*):[^@\s]*@"), r"\1:***@"),
]


def redacted(text: str) -> str:
    """The text without tokens, passwords, e-mail addresses and the database's quotations."""
    for needle, pattern, shown in PRIVATE:
        if needle in text:
            text = pattern.sub(shown, text)
    return text


class Json(JsonFormatter):
    """One JSON object for each line."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Redact whatever is text."""
        return {
            key: redacted(value) if isinstance(value, str) else value
            for key, value in log_data.items()
        }


class Text(logging.Formatter):
    """A line for people, with what was said beside the message behind it."""

    def format(self, record: logging.LogRecord) -> str:
        """Put the extra fields behind the message, and a traceback below."""
        time = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        extra = [f"{k}={v}" for k, v in vars(record).items() if k not in STANDARD]
        words = [time, f"{record.levelname:<7}", record.name, record.getMessage(), *extra]
        line = " ".join(words)
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return redacted(line)


def logging_config(settings: Settings) -> dict[str, Any]:
    """For `logging.config.dictConfig`: everything through one handler, to standard error."""
    level = settings.log_level.upper()
    # The server says little that the service does not say better; its failures are heard.
    quiet: dict[str, Any] = {
        "level": "DEBUG" if level == "DEBUG" else "WARNING",
        "handlers": [],
        "propagate": True,
    }
    silent: dict[str, Any] = {"level": "CRITICAL", "handlers": [], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": Json,
                "fmt": ["timestamp", "levelname", "name", "message"],
                "rename_fields": {"levelname": "level", "name": "logger"},
                "timestamp": True,
            },
            "text": {"()": Text},
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": settings.log_format,
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            "_granian": quiet,
            "alembic.runtime.plugins": quiet,
            "pgqueuer": quiet,
            "uvicorn": quiet,
            "uvicorn.error": quiet,
            # Servers' own access logs would write query strings.
            "granian.access": silent,
            "uvicorn.access": silent,
        },
    }


def configure(settings: Settings) -> None:
    """Set up the logs and traces of this process. Raises SettingsError without the `otel` extra."""
    logging.config.dictConfig(logging_config(settings))
    check(settings)
    _forget_dead_processes()
    if settings.otlp_endpoint is not None:
        _trace_to(settings.otlp_endpoint)


def check(settings: Settings) -> None:
    """Raise SettingsError when traces are wanted and what sends them is not installed."""
    if settings.otlp_endpoint is None:
        return
    # The exporter's parent packages are namespaces, so both may be missing at any level.
    for name in ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"):
        try:
            found = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            found = None
        if found is None:
            raise SettingsError(
                "CHANCERY_OTLP_ENDPOINT needs the extra `otel`: pip install 'chancery[otel]'"
            )


def _trace_to(endpoint: str) -> None:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # As OpenTelemetry says of such an address: the path of the signal is put behind it.
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=5)
    provider = TracerProvider(resource=Resource.create({"service.name": "chancery"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def share_metrics(folder: Path) -> None:
    """Let the processes started from here on add up their metrics in a folder."""
    os.environ[MULTIPROCESS] = str(folder)


def _forget_dead_processes() -> None:
    """Drop the gauges that a killed worker left behind; its counters stay in the sums."""
    folder = os.environ.get(MULTIPROCESS)
    if folder is None:
        return
    for file in Path(folder).glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            file.unlink(missing_ok=True)


async def watch_pool(database: Database) -> None:
    """Keep the gauges of the pool at its state, for ever.

    They are set from time to time, not when asked: with several workers only one is asked.
    """
    while True:
        POOL_SIZE.set(database.pool.get_size())
        POOL_IDLE.set(database.pool.get_idle_size())
        await asyncio.sleep(POOL_SECONDS)


async def watch_queue(database: Database, clock: Callable[[], datetime]) -> None:
    """Keep the gauges of the queue at its state, for ever."""
    while True:
        with suppress(Unavailable):
            await measure_queue(Call(database, WORKER, clock(), "metrics"))
        await asyncio.sleep(QUEUE_SECONDS)


async def measure_queue(call: Call) -> None:
    """Set the gauges of the queue."""
    depths = {(depth.job, depth.state): depth for depth in await jobs.depths(call)}
    failures = {failed.job: failed.failures for failed in await jobs.failures(call)}
    for job in JobName:
        for state in JobState:
            depth = depths.get((job, state))
            JOBS.labels(job, state).set(depth.n if depth else 0)
        due = [
            depth
            for state in (JobState.WAITING, JobState.RUNNING)
            if (depth := depths.get((job, state)))
        ]
        JOBS_OLDEST.labels(job).set(max((depth.seconds for depth in due), default=0))
        JOB_FAILURES.labels(job).set(failures.get(job, 0))
