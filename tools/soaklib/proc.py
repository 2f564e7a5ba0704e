"""What /proc tells: proc(5). A process that has gone reads as None or as nothing."""

import os
import threading
import time


def parent(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:
        return None


def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
    except OSError:
        pass
    return found


def is_keeper(pid):
    """The controller's keeper of pipes, which is no worker."""
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as file:
            return file.read().strip() == "rollport-keeper"
    except OSError:
        return False


def resident_kib(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return None


def descriptors(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return None


class Sampler(threading.Thread):
    """Once a second: memory and descriptors of the controller, and of all workers together."""

    def __init__(self, controller, interval=1.0):
        super().__init__(daemon=True)
        self.samples = []
        self._controller = controller
        self._interval = interval
        self._start = time.monotonic()
        self._ended = threading.Event()

    def run(self):
        while not self._ended.wait(self._interval):
            self.take()

    def take(self):
        workers = [pid for pid in children(self._controller) if not is_keeper(pid)]
        resident = [r for r in map(resident_kib, workers) if r is not None]
        open_files = [d for d in map(descriptors, workers) if d is not None]
        sample = {
            "at": round(time.monotonic() - self._start, 3),
            "controller_kib": resident_kib(self._controller),
            "controller_descriptors": descriptors(self._controller),
            "workers": len(workers),
            "worker_max_kib": max(resident, default=None),
            "workers_kib": sum(resident),
            "worker_max_descriptors": max(open_files, default=None),
        }
        if sample["controller_kib"] is not None:
            self.samples.append(sample)

    def end(self):
        self._ended.set()
        self.join()
