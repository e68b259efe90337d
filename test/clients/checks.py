"""Checks of a server, from the outside. Each prints one line: `ok NAME`, or `FAIL NAME: why`."""

import contextlib
import json
import os
import sys
import time
import traceback
import urllib.error
import urllib.request
import uuid

ENDPOINT = sys.argv[1]
REGION = "us-east-1"

# Names that no earlier run on the same server has used.
RUN = uuid.uuid4().hex[:10]

# Nothing of this machine: no profile, no proxy, no instance metadata.
os.environ.update(
    AWS_ACCESS_KEY_ID=os.environ.get("AWS_ACCESS_KEY_ID", "testing"),
    AWS_SECRET_ACCESS_KEY=os.environ.get("AWS_SECRET_ACCESS_KEY", "testing"),
    AWS_DEFAULT_REGION=REGION,
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
    AWS_MAX_ATTEMPTS="2",
    AWS_PAGER="",
    NO_PROXY="*",
)

_report = sys.stdout
_names = []


class Failed(Exception):
    """A check's expectation that didn't hold."""


@contextlib.contextmanager
def check(name):
    """A check passes when its block ends without an exception. The next checks run either way."""
    assert name not in _names, f"two checks have the name {name!r}"
    _names.append(name)
    try:
        yield
    except Exception as error:
        line = traceback.extract_tb(error.__traceback__)[-1]
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename == os.path.abspath(sys.argv[0]):
                line = frame
        kind = "" if isinstance(error, Failed) else f"{type(error).__name__}: "
        why = " ".join(f"{kind}{error}".split())[:500]
        print(f"FAIL {name}: line {line.lineno}: {why}", file=_report, flush=True)
    else:
        print(f"ok {name}", file=_report, flush=True)


def same(actual, expected):
    if actual != expected:
        raise Failed(f"got {actual!r}, expected {expected!r}")


def has(whole, part):
    if part not in whole:
        raise Failed(f"{part!r} is not in {whole!r}")


def holds(condition, what):
    if not condition:
        raise Failed(what)


def done():
    """Says how many checks ran, so that a script that ended early doesn't look complete."""
    print(f"done {len(_names)}", file=_report, flush=True)


_sleep = time.sleep


def _advance(seconds):
    request = urllib.request.Request(
        f"{ENDPOINT}/_emulator/clock",
        data=json.dumps({"advance": f"{seconds} seconds"}).encode(),
        headers={"content-type": "application/json"},
        method="POST",
    )
    urllib.request.urlopen(request).close()


class WaiterTime:
    """The `time` of a waiter: the server's clock moves in place of a sleep. On other servers, a waiter sleeps."""

    @staticmethod
    def sleep(seconds):
        try:
            _advance(seconds)
        except urllib.error.HTTPError:
            _sleep(seconds)
