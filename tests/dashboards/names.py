"""Reads the expressions of dashboards and rules, and the metrics of the documentation."""

import json
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
PROMETHEUS = os.path.join(ROOT, "dashboards", "prometheus")
RULES = os.path.join(PROMETHEUS, "rules.yml")
RULES_TEST = os.path.join(PROMETHEUS, "rules_test.yml")
CONFIGURATION = os.path.join(PROMETHEUS, "prometheus.yml")
DASHBOARDS = ("rollport-fleet", "rollport-roll")

# The suffixes of a metric's series if it is a histogram or a summary.
PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}
# Labels that the controller gives every series, that Prometheus adds, or that the type has.
LABELS_OF_ALL = {"fleet", "job", "instance", "le"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def dashboard(name):
    return json.loads(read(os.path.join(ROOT, "dashboards", name + ".json")))


def panels(board):
    """All panels but the titles of rows."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def expressions(board):
    """(where it is, expression), those of variables and annotations too."""
    found = [(f"{board['uid']}: {panel['title']}, {target['refId']}", target["expr"])
             for panel in panels(board) for target in panel["targets"]]
    found += [(f"{board['uid']}: variable {v['name']}", v["query"]["query"])
              for v in board["templating"]["list"] if v["type"] == "query"]
    found += [(f"{board['uid']}: annotation {a['name']}", a["target"]["expr"])
              for a in board["annotations"]["list"]]
    return found


def documented():
    """{series name: its labels}, from docs/metrics.md."""
    found = {}
    row = re.compile(r"^\| `(rollport_\w+)` \| (\w+) \| ([^|]*) \|", re.MULTILINE)
    for name, kind, labels in row.findall(read(os.path.join(ROOT, "docs", "metrics.md"))):
        for part in PARTS.get(kind, ("",)):
            found[name + part] = set(re.findall(r"`(\w+)`", labels))
    return found


# The name of a series, not of a recording rule (which has a colon before it), and its matchers.
SERIES = re.compile(r"(?<![:\w])(rollport_\w+)(?![:\w])(?:\{([^}]*)\})?")


def series(expression):
    """(name, labels that it matches) of each selector."""
    return [(name, set(re.findall(r"(\w+)\s*[=!]", matchers or "")))
            for name, matchers in SERIES.findall(expression)]


def alerts():
    return re.findall(r"- alert: (\w+)", read(RULES))


def recorded():
    return set(re.findall(r"- record: ([\w:]+)", read(RULES)))
