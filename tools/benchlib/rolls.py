"""What a roll costs: latency while it is under way, seconds per replacement, memory."""

import json
import os
import socket
import statistics
import subprocess
import time
import urllib.request

from soaklib import proc

from .compare import spread
from .fleet import Fleet, RollsInTheBackground
from .process import cpu_seconds


def resident_bytes(pid):
    return 1024 * proc.resident_kib(pid)


def load(bench, url, *options):
    """Runs rollport-load once and returns its report. Raises if anything was lost."""
    done = subprocess.run([bench.binary("rollport-load"), "--json", *options, url],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"rollport-load: {done.returncode}\n{done.stdout[:2000]}{done.stderr}")
    return json.loads(done.stdout)


def highest_rate(bench, fleet):
    """Requests per second with every connection kept busy; the median of three runs."""
    options = ["-c", str(bench.connections), "-d", "3s"]
    return statistics.median(load(bench, fleet.url, *options)["rate"] for _ in range(3))


def latency(bench):
    """p99.9 during back-to-back rolls and without, at 70 % of the highest load."""
    workers = max(2, bench.workers)
    seconds = 5 * bench.seconds
    calm, rolling, rolls = [], [], 0
    with Fleet(bench, workers=workers) as fleet:
        rate = 0.7 * highest_rate(bench, fleet)
        options = ["-c", str(bench.connections), "--rate", f"{rate:.0f}", "-d", f"{seconds}s",
                   "--warmup", "1s"]
        print(f"{workers} workers, {rate:.0f} requests/s (70 %), runs of {seconds} s in alternation")
        for _ in range(bench.rounds):
            calm.append(load(bench, fleet.url, *options)["latency_ms"])
            with RollsInTheBackground(fleet) as background:
                rolling.append(load(bench, fleet.url, *options)["latency_ms"])
            rolls += len(background.verdicts)
            print(f"  p99.9 without rolls {calm[-1]['p99.9']:8.3f} ms, "
                  f"with {rolling[-1]['p99.9']:8.3f} ms", flush=True)
    ratio = spread([b["p99.9"] / a["p99.9"] for a, b in zip(calm, rolling)])
    print(f"  ratio {ratio['min']:.2f} / {ratio['median']:.2f} / {ratio['max']:.2f} "
          f"(min / median / max), {rolls} rolls, 0 lost")
    return {"rate": rate, "workers": workers, "rolls": rolls, "without_rolls": calm,
            "with_rolls": rolling, "p99.9_ratio": ratio}


def start_up_seconds(bench):
    """From the launch of a worker to its READY=1."""
    path = os.path.join(bench.dir, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(path)
        begin = time.monotonic()
        worker = subprocess.Popen(
            [bench.binary("rollport-httpd"), "--root", bench.site, "--listen", "127.0.0.1:0"],
            env=dict(os.environ, NOTIFY_SOCKET=path), stderr=subprocess.DEVNULL)
        try:
            notify.settimeout(20)
            while b"READY=1" not in notify.recv(4096):
                pass
            return time.monotonic() - begin
        finally:
            worker.terminate()
            worker.wait()
            os.unlink(path)


def replacement(bench):
    """Seconds per replacement beyond the worker's start-up, with min_healthy_time = 0."""
    workers = 8
    start_up = statistics.median([start_up_seconds(bench) for _ in range(20)])
    seconds = []
    with Fleet(bench, workers=workers, healthy_after=1, min_healthy_time="0s") as fleet:
        for _ in range(max(3, bench.rounds)):
            verdict = fleet.roll()
            seconds.append(verdict["seconds"] / verdict["replaced"])
    beyond = spread([1000 * (s - start_up) for s in seconds])
    print(f"  {1000 * statistics.median(seconds):.1f} ms a replacement (rolls of {workers} idle "
          f"slots, healthy_after = 1), {1000 * start_up:.1f} ms of it the worker's start-up;\n"
          f"  beyond it {beyond['min']:.1f} / {beyond['median']:.1f} / {beyond['max']:.1f} ms "
          "(min / median / max)")
    return {"start_up_seconds": start_up, "seconds_per_replacement": seconds, "beyond_ms": beyond}


def scrape_seconds(url):
    """How long a fresh scrape takes, with the set-up of its connection; the median of 20."""
    seconds = []
    for _ in range(20):
        time.sleep(0.12)  # an answer is kept for 100 ms
        begin = time.monotonic()
        with urllib.request.urlopen(url) as answer:
            answer.read()
        seconds.append(time.monotonic() - begin)
    return statistics.median(seconds)


def many(bench):
    """Fleets of 64, 512 and 1,000: start, idle, scrape, a roll of all slots, stop, memory.

    Default probes, but for healthy_after = 1 and min_healthy_time = 0.
    """
    report = {}
    for workers in (64, 512, 1000):
        report[workers] = figures = many_of(bench, workers)
        verdict = figures["verdict"]
        print(f"  {workers} slots: started in {figures['start_seconds']:.2f} s, rolled in "
              f"{verdict['seconds']:.2f} s ({1000 * verdict['seconds'] / workers:.1f} ms each), "
              f"stopped in {figures['stop_seconds']:.2f} s\n"
              f"    idle: {100 * figures['idle_cpu']:.2f} % of a CPU; a scrape "
              f"{1000 * figures['scrape_seconds']:.1f} ms\n"
              f"    resident: controller {figures['controller_bytes'] / 2**20:.1f} MiB, after the "
              f"roll {figures['controller_bytes_after_roll'] / 2**20:.1f} MiB; a worker "
              f"{figures['worker_bytes'] / 2**20:.1f} MiB", flush=True)
    return report


def many_of(bench, workers):
    begin = time.monotonic()
    with Fleet(bench, workers=workers, healthy_after=1, min_healthy_time="0s",
               admin=True) as fleet:
        figures = {"start_seconds": time.monotonic() - begin}
        time.sleep(2)
        pid = fleet.controller_pid
        before, begin = cpu_seconds([pid]), time.monotonic()
        time.sleep(10)
        figures["idle_cpu"] = (cpu_seconds([pid]) - before) / (time.monotonic() - begin)
        figures["scrape_seconds"] = scrape_seconds(fleet.metrics_url)
        figures["controller_bytes"] = resident_bytes(pid)
        figures["verdict"] = fleet.roll()
        figures["controller_bytes_after_roll"] = resident_bytes(pid)
        figures["worker_bytes"] = statistics.median(resident_bytes(w) for w in fleet.pids)
        begin = time.monotonic()
        fleet.stop()
        figures["stop_seconds"] = time.monotonic() - begin
    return figures
