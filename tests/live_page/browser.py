"""A headless Chromium, driven by the WebDriver protocol (W3C) and its DevTools."""

import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en-US"]


class BrowserError(Exception):
    """What the driver says went wrong."""


class Browser:
    """One window for the time of a `with`, with a profile of its own that is removed afterwards."""

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="rollport-page-")
        # The kernel chooses the port; the driver prints it.
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.session = None
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *unused):
        try:
            if self.session:
                self._call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait(20)
            self.driver.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)

    def _begin(self):
        for line in self.driver.stdout:
            if port := re.search(r"started successfully on port (\d+)", line):
                self.base = f"http://127.0.0.1:{port.group(1)}"
                break
        else:
            raise BrowserError("chromedriver ended")
        options = {"args": [*FLAGS, f"--user-data-dir={self.profile}"]}
        wanted = {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}, "timeouts": {"script": 30000}}}}
        self.session = self._send("POST", "/session", wanted)["sessionId"]

    def _send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                value = json.load(error)["value"]
            raise BrowserError(f"{value['error']}: {value['message']}") from None

    def _call(self, method, path, body=None):
        return self._send(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        self._call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """Runs `script` in the page, as the body of a function, and returns its result."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def value(self, expression):
        return self.run(f"return {expression};")

    def wait(self, expression, seconds=20):
        """The first true value of the expression in the page."""
        end = time.monotonic() + seconds
        while True:
            if value := self.value(expression):
                return value
            if time.monotonic() > end:
                raise BrowserError(f"waited {seconds} s in vain for: {expression}\n"
                                   + self.value("document.body.innerText"))
            time.sleep(0.02)

    def press(self, key):
        """Presses a key, given by its WebDriver code point or as a character, where the focus is."""
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def devtools(self, command, **parameters):
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def at_each_start(self, script):
        """Runs `script` at the start of each document that is opened from now on, before its own scripts."""
        self.devtools("Page.addScriptToEvaluateOnNewDocument", source=script)

    def look(self, width, height, scheme):
        """Shows the page as on a screen of this many CSS pixels; `scheme` is "light" or "dark"."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=width < 600)
        self.devtools("Emulation.setEmulatedMedia",
                      features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path, whole=True):
        """Writes a PNG of the whole page, or of the part that the screen shows."""
        data = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def messages(self):
        """The browser's warnings and errors since the last call: script errors, refused loads."""
        return [f"{entry['level']}: {entry['message']}" for entry in self._call("POST", "/se/log", {"type": "browser"})
                if entry["level"] in ("SEVERE", "WARNING")]
