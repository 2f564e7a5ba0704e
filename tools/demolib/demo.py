"""The demonstration that tools/demo runs when everything is built."""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
TOOLS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, TOOLS)

from soaklib import load, stats  # noqa: E402  (after the path)
from soaklib.fleet import Fleet, Trouble  # noqa: E402

ROLLS = 3
WORKERS = 4


class DemoFleet(Fleet):
    """Runs the executable from where it is built, so that the next roll finds a new build."""

    NAME = "demo"
    TABLES = {"roll": {"min_healthy_time": "500ms", "drain_timeout": "10s"}}

    def __init__(self, executables, folder):
        super().__init__(executables, folder, WORKERS, random.Random(1))

    def restore_server(self):
        self.server = self.executable("rollport-httpd")


def say(text=""):
    print(text, flush=True)


def build_again(root):
    """A new build of the server: the same source, new bytes on disk."""
    os.utime(os.path.join(root, "tools", "rollport_httpd.cc"))
    subprocess.run(["cmake", "--build", os.path.join(root, "build"), "--target", "rollport-httpd"],
                   check=True, stdout=subprocess.DEVNULL)


def roll(fleet):
    """One roll, with its progress on our stdout; returns when it began and ended, and how long the
    replacing took."""
    begin = time.time()
    process = subprocess.Popen([fleet.executable("rollport"), "-f", fleet.file(), "roll"],
                               stdout=subprocess.PIPE, text=True)
    took = None
    for line in process.stdout:
        print(line, end="", flush=True)
        if verdict := re.search(r"^rolled: .*replaced, ([0-9.]+) s", line):
            took = float(verdict.group(1))
    if process.wait() != 0 or took is None:
        raise Trouble(f"a roll ended with exit status {process.returncode}")
    return begin, time.time(), took


def print_table(report, rolls):
    inside, outside = stats.highest_inside_and_outside(
        report["series"], report["start_unix"], [(begin, end) for begin, end, _ in rolls])
    replacements = WORKERS * len(rolls)
    seconds = sum(took for _, _, took in rolls)
    say()
    say(f"requests                        {report['requests']:>10}")
    say(f"connections                     {report['connections']['opened']:>10}")
    say(f"lost                            {report['lost']:>10}")
    for kind, number in report["lost_by_kind"].items():
        if number:
            say(f"  {kind:<30}{number:>10}")
    say(f"workers replaced                {replacements:>10}")
    say(f"slowest request in the rolls    {inside:>10.1f} ms")
    say(f"slowest request outside         {outside:>10.1f} ms")
    say(f"seconds per replacement         {seconds / replacements:>10.2f}"
        "    (of which 0.50 s min_healthy_time, 0.13 s watch)")


def demonstrate(fleet, root):
    fleet.start()
    say(f"A fleet of {WORKERS} workers serves {' and '.join(fleet.addresses)}.")
    clients = load.start_mixed(fleet, 600, 1)
    rolls = []
    try:
        for number in range(1, ROLLS + 1):
            say(f"\nBuilding generation {number + 1}, under load ...")
            build_again(root)
            rolls.append(roll(fleet))
        report = clients.end()
    finally:
        clients.destroy()
    left = fleet.stop()
    print_table(report, rolls)
    for line in left:
        say(f"left behind: {line}")
    return 0 if report["lost"] == 0 and report["requests"] > 0 and not left else 1


def main():
    parser = argparse.ArgumentParser(prog="tools/demo", description=__doc__)
    parser.add_argument("executables", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="rollport-demo-")
    fleet = DemoFleet(options.executables, folder)
    try:
        return demonstrate(fleet, os.path.dirname(TOOLS))
    except (Trouble, subprocess.SubprocessError) as error:
        print(f"demo: {error}", file=sys.stderr)
        log = os.path.join(folder, "controller.log")
        if os.path.exists(log):
            with open(log, encoding="utf-8") as file:
                sys.stderr.writelines(file.readlines()[-20:])
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        fleet.destroy()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
