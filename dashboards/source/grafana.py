"""The few shapes of Grafana's dashboard JSON that the dashboards here are made of."""

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# What `{@` stands for in the expressions. Each of the three is one value: two hosts may have fleets of one
# name, and their shares would add up to 200 %.
SELECTOR = 'job="$job", instance="$instance", fleet="$fleet"'
GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "text"


def selected(expr):
    """`expr` on one line, in which `{@` selects the fleet that the variables name."""
    return " ".join(expr.split()).replace("{@", "{" + SELECTOR)


def query(expr, legend="", *, instant=False, table=False, heatmap=False):
    """One target; for `expr` see selected()."""
    return {"expr": selected(expr), "legendFormat": legend,
            "instant": instant, "range": not instant,
            "format": "table" if table else "heatmap" if heatmap else "time_series"}


def steps(*pairs):
    """Thresholds: (colour, from), the first one from None."""
    return {"mode": "absolute", "steps": [{"color": color, "value": value} for color, value in pairs]}


NONE_IS_GOOD = steps((GREEN, None), (RED, 1))
PLAIN = steps((BLUE, None))


def values(names):
    """Shows words in the place of numbers: {number: (word, colour)}."""
    return [{"type": "value", "options": {
        str(number): {"text": text, "color": color, "index": index}
        for index, (number, (text, color)) in enumerate(names.items())}}]


def _panel(kind, title, description, unit, queries, *, width, height, thresholds, mappings, custom,
           options, overrides, decimals=None, maximum=None, minimum=None):
    defaults = {"unit": unit, "thresholds": thresholds, "mappings": mappings or [],
                "color": {"mode": "thresholds" if kind in ("stat", "bargauge", "gauge") else "palette-classic"},
                "custom": custom}
    for name, value in (("decimals", decimals), ("max", maximum), ("min", minimum)):
        if value is not None:
            defaults[name] = value
    targets = [dict(q, refId=chr(ord("A") + i), datasource=DATASOURCE) for i, q in enumerate(queries)]
    return {"type": kind, "title": title, "description": description, "datasource": DATASOURCE,
            "targets": targets, "fieldConfig": {"defaults": defaults, "overrides": overrides or []},
            "options": options, "gridPos": {"w": width, "h": height}}


def stat(title, description, unit, *queries, width=3, height=4, thresholds=PLAIN, mappings=None,
         decimals=None, text="auto"):
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
               "colorMode": "value", "graphMode": "none", "justifyMode": "auto", "textMode": text,
               "orientation": "auto", "percentChangeColorMode": "standard", "showPercentChange": False,
               "wideLayout": True}
    return _panel("stat", title, description, unit, queries, width=width, height=height,
                  thresholds=thresholds, mappings=mappings, custom={}, options=options, overrides=None,
                  decimals=decimals)


def lines(title, description, unit, *queries, width=12, height=8, stacked=False, thresholds=PLAIN,
          limit=False, dashed=None, maximum=None, decimals=None):
    """Curves over time. `limit`: draws the thresholds. `dashed`: a regular expression for the names of
    the dashed ones."""
    custom = {"drawStyle": "line", "lineWidth": 0 if stacked else 2, "fillOpacity": 65 if stacked else 8,
              "showPoints": "never", "spanNulls": False, "lineInterpolation": "linear",
              "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
              "thresholdsStyle": {"mode": "dashed" if limit else "off"}}
    options = {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True,
                          "calcs": ["lastNotNull"]},
               "tooltip": {"mode": "multi", "sort": "desc"}}
    overrides = [{"matcher": {"id": "byRegexp", "options": dashed},
                  "properties": [{"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 6]}},
                                 {"id": "custom.fillOpacity", "value": 0}]}] if dashed else None
    return _panel("timeseries", title, description, unit, queries, width=width, height=height,
                  thresholds=thresholds, mappings=None, custom=custom, options=options,
                  overrides=overrides, minimum=0, maximum=maximum, decimals=decimals)


def bars(title, description, unit, *queries, width=8, height=8, thresholds=PLAIN):
    """One bar for each series, as it is at the end of the time range."""
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
               "displayMode": "basic", "orientation": "horizontal", "showUnfilled": True,
               "valueMode": "color", "minVizHeight": 10, "minVizWidth": 0, "maxVizHeight": 300,
               "namePlacement": "auto", "sizing": "auto",
               "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []}}
    return _panel("bargauge", title, description, unit, queries, width=width, height=height,
                  thresholds=thresholds, mappings=None, custom={}, options=options, overrides=None,
                  minimum=0)


def states(title, description, *queries, width=12, height=5, mappings=None):
    """Which state held when."""
    options = {"showValue": "never", "rowHeight": 0.85, "mergeValues": True, "alignValue": "left",
               "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
               "tooltip": {"mode": "single", "sort": "none"}}
    return _panel("state-timeline", title, description, "none", queries, width=width, height=height,
                  thresholds=steps((GREY, None), (BLUE, 1)), mappings=mappings,
                  custom={"fillOpacity": 75, "lineWidth": 0}, options=options, overrides=None)


def heat(title, description, unit, expr, *, width=12, height=8):
    options = {"calculate": False, "yAxis": {"unit": unit, "axisPlacement": "left"},
               "color": {"mode": "scheme", "scheme": "Blues", "steps": 64, "exponent": 0.4,
                         "fill": "dark-blue", "reverse": False},
               "cellGap": 1, "filterValues": {"le": 1e-9}, "rowsFrame": {"layout": "auto"},
               "tooltip": {"mode": "single", "yHistogram": False}, "legend": {"show": True},
               "exemplars": {"color": "rgba(255,0,255,0.7)"}, "showValue": "never"}
    return _panel("heatmap", title, description, unit, [query(expr, "{{le}}", heatmap=True)],
                  width=width, height=height, thresholds=PLAIN, mappings=None, custom={},
                  options=options, overrides=None)


def table(title, description, unit, columns, *, key, width=12, height=8, units=None):
    """A row for each value of the label `key`; `columns`: {title: expression}."""
    queries = [query(expr, instant=True, table=True) for expr in columns.values()]
    names = {"Value #" + chr(ord("A") + i): name for i, name in enumerate(columns)}
    overrides = [{"matcher": {"id": "byName", "options": name},
                  "properties": [{"id": "unit", "value": value}]} for name, value in (units or {}).items()]
    panel = _panel("table", title, description, unit, queries, width=width, height=height,
                   thresholds=PLAIN, mappings=None, 
                   custom={"align": "left", "inspect": False, "cellOptions": {"type": "auto"}},
                   options={"showHeader": True, "frameIndex": 0, "cellHeight": "sm",
                            "sortBy": [{"displayName": key, "desc": False}]}, overrides=overrides)
    panel["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": {"Time": True}, "renameByName": names}}]
    return panel


def row(title):
    return {"type": "row", "title": title, "collapsed": False, "panels": [],
            "gridPos": {"w": 24, "h": 1}}


def variable(name, label, expr, *, description="", regex="", hidden=False):
    """A variable that has one of the values that a query lists."""
    return {"name": name, "label": label, "description": description, "type": "query",
            "datasource": DATASOURCE, "query": {"query": expr, "refId": name}, "regex": regex,
            "refresh": 2, "sort": 1, "multi": False, "includeAll": False, "hide": 2 if hidden else 0,
            "options": []}


def choice(name, label, description, options):
    """A variable with these values, the first of which is the default."""
    listed = [{"text": text, "value": text, "selected": i == 0} for i, text in enumerate(options)]
    return {"name": name, "label": label, "description": description, "type": "custom",
            "query": ",".join(options), "options": listed, "current": listed[0], "multi": False,
            "includeAll": False, "hide": 0}


WHICH_FLEET = [
    {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus",
     "options": [], "hide": 0, "refresh": 1, "regex": "", "multi": False, "includeAll": False},
    variable("job", "Job", "label_values(rollport_build_info, job)"),
    variable("fleet", "Fleet", 'label_values(rollport_build_info{job="$job"}, fleet)'),
    variable("instance", "Instance", 'label_values(rollport_build_info{job="$job", fleet="$fleet"}, instance)',
             description="The controller: one of those whose fleet has this name."),
]


def annotation(name, color, expr, title, text="", *, value_is_time=False):
    return {"name": name, "enable": True, "hide": False, "iconColor": color, "datasource": DATASOURCE,
            "target": {"refId": "Anno", "expr": selected(expr), "interval": "5s"},
            "titleFormat": title, "textFormat": text, "tagKeys": "fleet,outcome",
            "useValueForTime": value_is_time}


ROLL_MARKS = [
    annotation("Roll under way", "purple",
               "max by (job, instance, fleet) (rollport_roll_started_timestamp_seconds{@}) > bool 0",
               "Roll under way"),
    # A short roll may fall between two scrapes; its verdict stays visible.
    annotation("Verdict", "blue", """
        1000 * rollport_last_roll_end_timestamp_seconds{@}
        * on (job, instance, fleet) group_right () rollport_last_roll_outcome{@} > 0""",
               "Roll ended: {{outcome}}", value_is_time=True),
    annotation("Worker died", "red",
               """sum by (job, instance, fleet)
                  (increase(rollport_worker_restarts_total{@}[$__rate_interval])) > bool 0""",
               "A worker that had a share ended without having been told to"),
]


def dashboard(uid, title, description, variables, panels, *, time_from):
    """Panels flow from left to right; a row begins a new line."""
    x = y = line = 0
    for number, panel in enumerate(panels, 1):
        place = panel["gridPos"]
        if x + place["w"] > 24:
            x, y, line = 0, y + line, 0
        panel["id"] = number
        panel["gridPos"] = {"x": x, "y": y, "w": place["w"], "h": place["h"]}
        x, line = x + place["w"], max(line, place["h"])
    return {"uid": uid, "title": title, "description": description, "tags": ["rollport"],
            "schemaVersion": 38, "version": 1, "editable": True, "graphTooltip": 1,
            "timezone": "browser", "refresh": "10s", "time": {"from": time_from, "to": "now"},
            "templating": {"list": variables}, "annotations": {"list": ROLL_MARKS},
            "links": [{"type": "dashboards", "tags": ["rollport"], "title": "rollport", "icon": "dashboard",
                       "tooltip": "The other dashboards of this fleet", "includeVars": True, "keepTime": True,
                       "targetBlank": False, "asDropdown": False}],
            "panels": panels}
