"""A container's probes, sent from the node as a kubelet sends them, or run inside the container."""

from __future__ import annotations

import ctypes
import http.client
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from testbed.api import Object

_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass
class Probe:
    """One probe of a container and how it went so far."""

    spec: Object
    address: str
    network: Path
    execute: Path
    due: float = 0.0
    failures: int = 0
    successes: int = 0

    def __post_init__(self) -> None:
        self.due = time.monotonic() + float(self.spec.get("initialDelaySeconds", 0))

    @property
    def passed(self) -> bool:
        """Tell whether it passed often enough in a row."""
        return self.successes >= int(self.spec.get("successThreshold", 1))

    @property
    def failed(self) -> bool:
        """Tell whether it failed often enough in a row."""
        return self.failures >= int(self.spec.get("failureThreshold", 3))

    def run_when_due(self, period: float | None = None) -> None:
        """Probe if it is time to; ``period`` replaces the probe's own (used until it first passes)."""
        if time.monotonic() < self.due:
            return
        if self._succeeds():
            self.successes, self.failures = self.successes + 1, 0
        else:
            self.successes, self.failures = 0, self.failures + 1
        self.due = time.monotonic() + (period or float(self.spec.get("periodSeconds", 10)))

    def _succeeds(self) -> bool:
        seconds = float(self.spec.get("timeoutSeconds", 1))
        try:
            if "httpGet" in self.spec:
                return self._get(self.spec["httpGet"], seconds)
            if "tcpSocket" in self.spec:
                self._connect(self.spec["tcpSocket"], seconds).close()
                return True
            if "exec" in self.spec:
                words = [str(self.execute), *self.spec["exec"]["command"]]
                done = subprocess.run(words, capture_output=True, timeout=seconds, check=False)
                return done.returncode == 0
        except (OSError, http.client.HTTPException, subprocess.TimeoutExpired):
            return False
        return True

    def _get(self, wanted: Object, seconds: float) -> bool:
        connection = http.client.HTTPConnection("probe", timeout=seconds)
        connection.sock = self._connect(wanted, seconds)
        headers = {entry["name"]: entry["value"] for entry in wanted.get("httpHeaders", [])}
        try:
            connection.request("GET", wanted.get("path", "/"), headers=headers)
            return 200 <= connection.getresponse().status < 400
        finally:
            connection.close()

    def _connect(self, wanted: Object, seconds: float) -> socket.socket:
        host = wanted.get("host") or self.address
        connection = _socket_in(self.network, socket.AF_INET6 if ":" in host else socket.AF_INET)
        connection.settimeout(seconds)
        try:
            connection.connect((host, int(wanted["port"])))
        except OSError:
            connection.close()
            raise
        return connection


def _socket_in(network: Path, family: int) -> socket.socket:
    """Return a TCP socket of another network namespace; a socket stays where it was made."""
    own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        other = os.open(network, os.O_RDONLY)
        try:
            _enter(other)
            try:
                return socket.socket(family, socket.SOCK_STREAM)
            finally:
                _enter(own)
        finally:
            os.close(other)
    finally:
        os.close(own)


def _enter(descriptor: int) -> None:
    """Move this thread alone into a network namespace (os.setns needs Python 3.12)."""
    if _LIBC.setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
