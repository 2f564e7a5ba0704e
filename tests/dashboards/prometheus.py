"""A real Prometheus with the shipped scrape configuration, and queries as Grafana makes them."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import names
from soaklib import proc
from soaklib.fleet import free_port
from watched_fleet import wait_until


class Prometheus:
    """Scrapes `target` every second into `folder`; and once more as the instance `twin`, if one is named."""

    def __init__(self, target, folder, twin=None):
        self.address = f"127.0.0.1:{free_port(['127.0.0.1'])}"
        configuration = os.path.join(folder, "prometheus.yml")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(shipped_configuration(target, twin))
        with open(os.path.join(folder, "prometheus.log"), "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={configuration}",
                 f"--storage.tsdb.path={os.path.join(folder, 'data')}",
                 f"--web.listen-address={self.address}", "--log.level=warn"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.ready, "Prometheus is ready")

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5):
                return True
        except OSError:
            return False

    def close(self):
        proc.end(self.process, 20)

    def ask(self, path, **parameters):
        url = f"http://{self.address}/api/v1/{path}"
        data = urllib.parse.urlencode(parameters).encode() if parameters else None
        try:
            with urllib.request.urlopen(url, data, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def instant(self, expr, at=None):
        """[(labels, value)], without values that are not a number."""
        moment = {} if at is None else {"time": f"{at:.3f}"}
        found = [(s["metric"], float(s["value"][1])) for s in self.ask("query", query=expr, **moment)["result"]]
        return [(labels, value) for labels, value in found if value == value]

    def curve(self, expr, begin, end, step=1):
        """The same over time: [(labels, [values])]."""
        result = self.ask("query_range", query=expr, start=f"{begin:.3f}", end=f"{end:.3f}", step=step)["result"]
        found = [(s["metric"], [float(v) for _, v in s["values"] if v != "NaN"]) for s in result]
        return [(labels, values) for labels, values in found if values]

    def number(self, expr, at=None):
        """The one value of the expression; None if there is none."""
        values = [value for _, value in self.instant(expr, at)]
        if len(values) > 1:
            raise AssertionError(f"{expr}: {values}")
        return values[0] if values else None


def shipped_configuration(target, twin):
    """dashboards/prometheus/prometheus.yml for this target, with short intervals."""
    text = names.read(names.CONFIGURATION)
    for former, new in (('"127.0.0.1:9180"', f'"{target}"'), ("- rules.yml", f"- {names.RULES}"),
                        ("scrape_interval: 5s", "scrape_interval: 1s"),
                        ("evaluation_interval: 5s", "evaluation_interval: 1s")):
        if former not in text:
            raise AssertionError(f"{names.CONFIGURATION} has no {former}")
        text = text.replace(former, new)
    if twin:
        line = f'      - targets: ["{target}"]\n'
        text = text.replace(line, f'{line}{line}        labels: {{instance: "{twin}"}}\n')
    return text


class Grafana:
    """Fills in the variables of a dashboard for a time range, as Grafana does."""

    def __init__(self, prometheus, board, begin, end, chosen):
        self.prometheus, self.begin, self.end = prometheus, begin, end
        self.values = {"__range": f"{int(end - begin)}s", "__rate_interval": "5s", **chosen}
        for variable in board["templating"]["list"]:
            if variable["type"] == "query" and variable["name"] not in chosen:
                self.values[variable["name"]] = self.value_of(variable)

    def fill(self, text):
        return re.sub(r"\$\{?(\w+)\}?", lambda match: self.values[match.group(1)], text)

    def value_of(self, variable):
        """The first of the values that the variable lists."""
        return self.all_of(variable)[0]

    def all_of(self, variable):
        found = self.listed(self.fill(variable["query"]["query"]))
        if variable["regex"]:
            matches = [re.search(variable["regex"].strip("/"), text) for text in found]
            found = [match.group(1) for match in matches if match]
        if not found:
            raise AssertionError(f"variable {variable['name']} has no value: {self.fill(variable['query']['query'])}")
        return found

    def listed(self, definition):
        if match := re.fullmatch(r"label_values\((.*), (\w+)\)", definition):
            return sorted({labels[match.group(2)] for labels, _ in self.prometheus.instant(match.group(1), self.end)})
        expr = re.fullmatch(r"query_result\((.*)\)", definition).group(1)
        return [f"{{{labels}}} {value:g} {self.end * 1000:.0f}" if value < 1e5 else f"{{}} {value:.3f} {self.end * 1000:.0f}"
                for labels, value in self.prometheus.instant(expr, self.end)]

    def run(self, target):
        """What one target of a panel shows: [(labels, values)]."""
        expr = self.fill(target["expr"])
        if target.get("instant"):
            return [(labels, [value]) for labels, value in self.prometheus.instant(expr, self.end)]
        return self.prometheus.curve(expr, self.begin, self.end)
