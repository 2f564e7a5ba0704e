"""A fleet of rollport-httpd under a real controller, in a folder of its own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time

from soaklib import proc
from soaklib.fleet_file import fleet_file

FILES = {"small": 3, "page": 10 << 10, "big": 64 << 10}


class Trouble(Exception):
    """The fleet did not do what it should. One line."""


def free_port(hosts):
    """A port that is free on every one of `hosts` at this moment."""
    while True:
        with socket.socket(socket.AF_INET) as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
        try:
            for host in hosts:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                with socket.socket(family) as other:
                    other.bind((host, port))
            return port
        except OSError:
            continue


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


class Fleet:
    NAME = "soak"
    ADMIN = ""
    TABLES = {
        "health": {"interval": "50ms", "timeout": "1s"},
        "roll": {"min_healthy_time": "200ms", "healthy_deadline": "2s",
                 "handshake_timeout": "1s", "drain_timeout": "5s"},
    }

    def __init__(self, executables, folder, workers, random):
        self.executables = executables  # the folder of ours
        self.folder = folder
        self.workers = workers
        self.process = None
        hosts = ["127.0.0.1"] + (["::1"] if has_ipv6() else [])
        port = free_port(hosts)
        self.addresses = [f"[{h}]:{port}" if ":" in h else f"{h}:{port}" for h in hosts]
        self.server = os.path.join(folder, "rollport-httpd")
        self._make_folder(random)

    def _make_folder(self, random):
        site = os.path.join(self.folder, "site")
        os.mkdir(site)
        for name, size in FILES.items():
            with open(os.path.join(site, name), "wb") as file:
                file.write(random.randbytes(size))
        self.restore_server()
        with open(self.file(), "w", encoding="utf-8") as file:
            file.write(fleet_file(self.NAME, self.addresses, self.workers,
                                  os.path.join(self.folder, "state"), self.command(),
                                  self.ADMIN, **self.TABLES))

    def file(self):
        return os.path.join(self.folder, "fleet.toml")

    def command(self, *more):
        site = os.path.join(self.folder, "site")
        return [self.server, "--root", site, "--show-generation", "--debug-endpoints", *more]

    def restore_server(self):
        """Puts a good executable where the fleet's command expects it, by rename, as installers do."""
        shutil.copy2(os.path.join(self.executables, "rollport-httpd"), self.server + ".new")
        os.rename(self.server + ".new", self.server)

    def spoil_server(self):
        """Puts an executable that exits at once in the same place."""
        with open(self.server + ".new", "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 3\n")
        os.chmod(self.server + ".new", 0o755)
        os.rename(self.server + ".new", self.server)

    def executable(self, name):
        return os.path.join(self.executables, name)

    def start(self):
        with open(os.path.join(self.folder, "controller.log"), "wb") as log:
            self.process = subprocess.Popen(
                [self.executable("rollport"), "-f", self.file(), "run"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        self.await_steady(30)

    def call(self, *words, timeout=120):
        """Runs one command with --json; returns (exit status, the object that it printed or None,
        stderr)."""
        done = subprocess.run(
            [self.executable("rollport"), "-f", self.file(), "--json", *words], capture_output=True,
            timeout=timeout, text=True, check=False)
        try:
            return done.returncode, json.loads(done.stdout), done.stderr.strip()
        except ValueError:
            return done.returncode, None, done.stderr.strip()

    def status(self):
        code, status, error = self.call("status")
        if code != 0 or status is None:
            raise Trouble(f"status: exit status {code}: {error}")
        return status

    @staticmethod
    def serving(status):
        return [w for w in status["workers"] if w["state"] == "serving" and w["share"] > 0]

    def await_steady(self, seconds):
        """Waits until no roll is under way and every slot is served; returns the status then."""
        end = time.monotonic() + seconds
        status = None
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Trouble(f"the controller has ended with {self.process.returncode}")
            code, status, _ = self.call("status")
            if code == 0 and status["state"] == "steady":
                if len(self.serving(status)) == self.workers:
                    return status
            time.sleep(0.02)
        raise Trouble(f"not steady within {seconds} s: {json.dumps(status)}")

    def await_state(self, states, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.status()["state"] in states:
                return
            time.sleep(0.02)
        raise Trouble(f"not {' or '.join(states)} within {seconds} s")

    def last_verdict(self):
        """The verdict of the last roll. Its drains may go on for a while after the fleet is steady."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            verdict = self.call("history")[1]["rolls"][-1]["verdict"]
            if verdict is not None:
                return verdict
            time.sleep(0.02)
        raise Trouble("a roll without a verdict")

    def kill(self, pid):
        """Kills one worker; returns the report of rollport-kill, or None if the worker has ended."""
        if proc.parent(pid) != self.process.pid:
            return None  # another process may have its pid by now
        done = subprocess.run([self.executable("rollport-kill"), str(pid), *self.addresses],
                              capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0:
            raise Trouble(f"rollport-kill: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def stop(self):
        """Ends the fleet; returns what was left behind, one line each."""
        left = []
        workers = proc.children(self.process.pid)
        code, _, error = self.call("stop")
        if code != 0:
            left.append(f"stop: exit status {code}: {error}")
        try:
            if self.process.wait(60) != 0:
                left.append(f"the controller ended with {self.process.returncode}")
        except subprocess.TimeoutExpired:
            left.append("the controller did not end")
        left += [f"worker {pid} outlived its controller"
                 for pid in workers if os.path.exists(f"/proc/{pid}")]
        left += [f"{address} still accepts" for address in self.addresses if accepts(address)]
        state = os.path.join(self.folder, "state")
        if os.path.isdir(state):
            left += [f"state/{name} is left" for name in sorted(os.listdir(state))]
        return left

    def destroy(self):
        """Kills the controller and its workers, after trouble."""
        if self.process is None or self.process.poll() is not None:
            return
        workers = proc.children(self.process.pid)
        self.process.kill()
        self.process.wait()
        for pid in workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def accepts(address):
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=1):
            return True
    except OSError:
        return False
