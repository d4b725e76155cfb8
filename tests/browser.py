"""A real Chromium without a window, driven by WebDriver (W3C) over HTTP on loopback.

A few calls are all that the tests need, so this is spoken directly: Selenium would bring eight packages and a manager
that looks for browsers to download. Chromium gets no name resolved and no proxy, so it reaches files only.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 60
ARGUMENTS = (
    "--headless",
    "--no-sandbox",  # root, in a container perhaps
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_STARTED = re.compile(r"started successfully on port (\d+)")
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class BrowserError(RuntimeError):
    """The driver refused, or could not be started."""


@dataclass(frozen=True)
class Browser:
    """A session; what is not told here is asked of the page by script()."""

    session: str

    def open(self, page: Path, view: str = "") -> None:
        """Load a file, with what stands behind its `#`, anew."""
        _call(f"{self.session}/url", {"url": "about:blank"})
        _call(f"{self.session}/url", {"url": f"{page.as_uri()}#{view}"})

    def go(self, view: str) -> None:
        """Show another view of the page that is loaded."""
        self.script(
            "location.hash = arguments[0]; return new Promise((done) => requestAnimationFrame(() => done()))", view
        )

    def script(self, code: str, *arguments: object) -> Any:
        """Run the body of a function in the page and return what it returns, or what its promise comes to."""
        return _call(f"{self.session}/execute/sync", {"script": code, "args": list(arguments)})

    def devtools(self, command: str, **parameters: object) -> Any:
        """Run a command of the DevTools protocol."""
        return _call(f"{self.session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def console(self) -> list[str]:
        """Return what the page wrote to the console since the last call, errors of its program among it."""
        return [entry["message"] for entry in _call(f"{self.session}/se/log", {"type": "browser"})]

    def prefer(self, scheme: str) -> None:
        """Let the browser prefer a light or dark scheme."""
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def size(self, width: int, height: int, *, phone: bool = False) -> None:
        """Give the window a size in CSS pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        self.devtools("Emulation.setDeviceMetricsOverride", **metrics)

    def printed(self) -> bytes:
        """Return the page as PDF."""
        return base64.b64decode(_call(f"{self.session}/print", {}))

    def screenshot(self, target: Path, *, whole: bool = False) -> None:
        """Write what is to be seen, or the whole page, as PNG."""
        shot = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        target.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium and its driver; both are gone afterwards.

    Raises:
        BrowserError: one of the two is missing or does not start.
    """
    program = shutil.which("chromedriver")
    if program is None or shutil.which("chromium") is None:
        raise BrowserError("chromium and chromedriver: missing; run: python3 -m tools.packages --tests")
    with (
        tempfile.TemporaryDirectory() as profile,
        subprocess.Popen([program, "--port=0"], stdout=subprocess.PIPE, text=True) as driver,
    ):
        try:
            port = _port(driver)
            options = {"args": [*ARGUMENTS, f"--user-data-dir={profile}"]}
            wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
            url = f"http://127.0.0.1:{port}/session"
            answer = _call(url, {"capabilities": {"alwaysMatch": wanted}})
            session = f"{url}/{answer['sessionId']}"
            yield Browser(session)
            _call(session, None, method="DELETE")
        finally:
            driver.terminate()


def _port(driver: subprocess.Popen[str]) -> int:
    for line in driver.stdout or ():
        if found := _STARTED.search(line):
            return int(found.group(1))
    raise BrowserError(f"chromedriver: ended with exit code {driver.wait()} before it said its port")


def _call(url: str, body: object, method: str = "POST") -> Any:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"}, method=method)  # noqa: S310 -- loopback
    try:
        with _opener.open(request, timeout=SECONDS) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        said = json.load(error)["value"]
        raise BrowserError(f"{url.rpartition('/')[2]}: {said['error']}: {said['message']}") from error


def wait(browser_: Browser, condition: str, seconds: float = 5) -> None:
    """Wait until an expression in the page is true; BrowserError when it never is."""
    deadline = time.monotonic() + seconds
    while not browser_.script(f"return Boolean({condition})"):
        if time.monotonic() > deadline:
            raise BrowserError(f"not true after {seconds:.0f} s: {condition}")
        time.sleep(0.05)
