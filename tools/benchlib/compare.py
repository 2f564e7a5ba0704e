"""Requests per second and CPU time per request, server against server."""

import re
import statistics
import subprocess

from .process import cpu_seconds
from .servers import Bare, Nginx, NginxWithCache

ROWS = [("3 bytes", "3.txt"), ("10 KiB", "10k.bin")]


def wrk(bench, url, close, seconds):
    """One run of wrk: requests, requests/s. Raises if a request failed."""
    argv = ["wrk", "-t", str(bench.wrk_threads), "-c", str(bench.connections), "-d", f"{seconds}s"]
    if close:
        argv += ["-H", "Connection: close"]
    out = subprocess.run(argv + [url], check=True, capture_output=True, text=True).stdout
    failed = re.search(r"(Non-2xx.*|Socket errors: .*)", out)
    # wrk counts a connection that the server closes as a "read" error, although it asked for that.
    if failed and not (close and "connect 0," in failed[1] and "timeout 0" in failed[1]):
        raise RuntimeError(f"{url}: {failed[1]}")
    return (int(re.search(r"(\d+) requests in", out)[1]),
            float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]))


def measure(bench, kind, file, close):
    with kind(bench, file, close) as server:
        wrk(bench, server.url, close, 1)  # warm
        before = cpu_seconds(server.pids)
        requests, rate = wrk(bench, server.url, close, bench.seconds)
        cpu = cpu_seconds(server.pids) - before
    return {"requests_per_second": rate, "cpu_us_per_request": cpu / requests * 1e6}


def spread(values):
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def row(bench, file, close, kinds):
    """Rounds of A B C A B C …; ratios are taken within a round: the machine changes between rounds."""
    runs = {kind.name: [] for kind in kinds}
    for _ in range(bench.rounds):
        for kind in kinds:
            runs[kind.name].append(measure(bench, kind, file, close))
    nginx = runs[Nginx.name]
    result = {}
    for name, own in runs.items():
        result[name] = {
            key: spread([run[key] for run in own]) for key in own[0]}
        for key in own[0]:
            result[name][key + "_to_nginx"] = spread(
                [run[key] / other[key] for run, other in zip(own, nginx)])
    return result


def three(values, form):
    return " / ".join(format(values[key], form) for key in ("min", "median", "max"))


def compare(bench):
    """rollport-httpd, nginx and the bare loop on small files."""
    kinds = [bench.httpd, Nginx, Bare] + ([NginxWithCache] if bench.with_cache else [])
    print(f"{bench.workers} worker(s), {bench.rounds} rounds of {bench.seconds} s, "
          f"wrk -t{bench.wrk_threads} -c{bench.connections}; min / median / max")
    print(f"{'':31}{'requests/s':>25}  {'to nginx':>18}  {'server CPU us/req':>21}  to nginx")
    report = []
    for close in (False, True):
        for label, file in ROWS:
            mode = "connection per request" if close else "kept-alive"
            print(f"{label}, {mode}", flush=True)
            result = row(bench, file, close, kinds)
            report.append({"file": label, "mode": mode, "servers": result})
            for name, r in result.items():
                print(f"  {name:29}{three(r['requests_per_second'], '.0f'):>25}  "
                      f"{three(r['requests_per_second_to_nginx'], '.2f'):>18}  "
                      f"{three(r['cpu_us_per_request'], '.2f'):>21}  "
                      f"{r['cpu_us_per_request_to_nginx']['median']:.2f}", flush=True)
    return report
