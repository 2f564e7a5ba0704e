"""The load on the fleet, and the watcher of its listeners: child processes that report at the end."""

import json
import os
import subprocess

from soaklib import proc
from soaklib.fleet import FILES, Trouble

TIMEOUT = "8s"


class Child:
    """A process that runs until it is told to end, and then prints JSON on its stdout."""

    def __init__(self, name, words, folder):
        self.name = name
        self._output = os.path.join(folder, name + ".json")
        with open(self._output, "wb") as output:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output)

    def end(self, seconds=60):
        """Ends it and returns its report; raises Trouble if it has none."""
        proc.end(self.process, seconds)
        try:
            with open(self._output, encoding="utf-8") as file:
                return json.load(file)
        except ValueError as error:
            raise Trouble(f"{self.name}: no report (ended with {self.process.returncode})") from error

    def destroy(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def start_mixed(fleet, rate, seed):
    """Every kind of client there is, on small and large files, over every address."""
    words = [fleet.executable("rollport-load"), "--json", "--duration", "inf", "--timeout", TIMEOUT,
             "--rate", str(rate), "--seed", str(seed), "--max-losses", "1000000",
             "--connection-per-request", "12", "--keep-alive", "24", "--idle", "12",
             "--idle-interval", "2s", "--slow-readers", "4", "--slow-writers", "4", "--post", "6"]
    for name in FILES:
        for address in fleet.addresses:
            words += ["--url", f"http://{address}/{name}",
                      "--expect-body-file", os.path.join(fleet.folder, "site", name)]
    return Child("mixed", words, fleet.folder)


def start_long(fleet, seed):
    """Requests that last longer than a replacement: a handler of 2 s, and a streamed answer."""
    words = [fleet.executable("rollport-load"), "--json", "--duration", "inf", "--timeout", TIMEOUT,
             "--seed", str(seed + 1), "--max-losses", "1000000", "--connection-per-request", "4",
             "--connections", "4"]
    for address in fleet.addresses:
        words += ["--url", f"http://{address}/debug/sleep?ms=2000",
                  "--url", f"http://{address}/debug/stream?chunks=30&ms=50"]
    return Child("long", words, fleet.folder)


def start_watch(fleet):
    return Child("watch", [fleet.executable("rollport-watch"), *fleet.addresses], fleet.folder)
