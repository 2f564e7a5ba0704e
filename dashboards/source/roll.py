"""A single roll, compared with the one before."""

from source.grafana import (NONE_IS_GOOD, WHICH_FLEET, bars, choice, dashboard, lines, query, row,
                            selected, stat, variable)

SAME = "on (job, instance, fleet)"


def of_roll(metric, number):
    """The value of `metric` after the roll of this number: it stays until the next verdict."""
    return (f"last_over_time(({metric} and {SAME} rollport_last_roll_number{{@}} == {number})"
            "[$__range:5s])")


def result(expr):
    return f"query_result({selected(expr)})"


# query_result gives texts such as "{} 12 1700000000000": the value is in the middle.
VALUE = r"/\} ([0-9.]+)/"
END = "rollport_last_roll_end_timestamp_seconds{@}"
TOOK = "rollport_last_roll_duration_seconds{@}"

VARIABLES = WHICH_FLEET + [
    variable("roll", "Roll", result("max(max_over_time(rollport_last_roll_number{@}[$__range]))"),
             regex=VALUE, description="The last one in the time range; end the range earlier for an older one."),
    variable("before", "Compared with",
             result("max(max_over_time((rollport_last_roll_number{@} < $roll > 0)[$__range:5s]))"),
             regex=VALUE, description="The one before it in the time range."),
    choice("lag", "Lag", "How long after a roll's end its last drains, and the scrape after them, may be over: "
           "added to the roll's time in the panels of phases and latency.", ["15", "5", "60", "300"]),
    variable("end", "", result(f"ceil(max({of_roll(END, '$roll')})) + $lag"), regex=VALUE, hidden=True),
    variable("end_before", "", result(f"ceil(max({of_roll(END, '$before')})) + $lag"), regex=VALUE, hidden=True),
    variable("window", "", result(f"ceil(max({of_roll(TOOK, '$roll')})) + 2 * $lag"), regex=VALUE, hidden=True),
    variable("window_before", "", result(f"ceil(max({of_roll(TOOK, '$before')})) + 2 * $lag"), regex=VALUE,
             hidden=True),
    # By how much the former roll is moved so that both end at the same moment.
    variable("shift", "", result("vector($end - $end_before)"), regex=VALUE, hidden=True),
]
NAMES = ("roll $roll", "roll $before")


def both(metric, aggregation="max"):
    return [query(f"{aggregation}({of_roll(metric, number)})", name, instant=True)
            for number, name in zip(("$roll", "$before"), NAMES)]


def overlaid(expr):
    """`expr` has `OFFSET` behind each selector."""
    return [query(expr.replace("OFFSET", ""), NAMES[0]),
            query(expr.replace("OFFSET", "offset ${shift}s"), NAMES[1])]


def within(window, end, expr):
    """`expr` has `WINDOW` in the places of a range selector's range and moment."""
    return expr.replace("WINDOW", f"[${{{window}}}s] @ ${{{end}}}")


def verdict(title, description, unit, metric, **options):
    return stat(title, description, unit, *both(metric), width=4, text="value_and_name", **options)


MEAN = """sum by (phase) (increase(rollport_phase_duration_seconds_sum{@}WINDOW))
          / (sum by (phase) (increase(rollport_phase_duration_seconds_count{@}WINDOW)) > 0)"""
QUANTILES = "histogram_quantile({q}, sum by (le) (increase(rollport_http_request_duration_seconds_bucket{{@}}WINDOW)))"
THIS = ("window", "end")
BEFORE = ("window_before", "end_before")


def latency(title, description, which):
    return bars(title, description, "s",
                *[query(within(*which, QUANTILES.format(q=q)), f"p{100 * q:g}", instant=True)
                  for q in (0.5, 0.9, 0.99, 0.999)], width=12, height=7)


PANELS = [
    row("The verdicts"),
    stat("Outcome", "How each of the two ended.", "none",
         *[query(f"max by (outcome) ({of_roll('(rollport_last_roll_outcome{@} == 1)', number)})",
                 name + ": {{outcome}}", instant=True)
           for number, name in zip(("$roll", "$before"), NAMES)], width=4, text="name"),
    verdict("Took", "Without the last drains.", "s", TOOK),
    verdict("Slots replaced", "For good: 0 if the roll was reverted.", "short",
            "rollport_last_roll_slots_replaced{@}"),
    verdict("Connections cut", "Closed because drain_timeout ran out.", "short",
            "rollport_last_roll_connections_cut{@}", thresholds=NONE_IS_GOOD),
    verdict("Handed over", "Idle connections passed to a successor.", "short",
            "rollport_last_roll_connections_handed_over{@}"),
    verdict("Dropped on the host", "By how much ListenDrops went up, in the whole network namespace: other "
            "programs' listeners too.", "short", "rollport_last_roll_kernel_listen_drops{@}", thresholds=NONE_IS_GOOD),
    row("Phase by phase"),
    bars("Phases of roll $roll, mean", "How long its workers were in each phase.", "s",
         query(within(*THIS, MEAN), "{{phase}}", instant=True), width=12),
    bars("Phases of roll $before, mean", "The same for the roll before.", "s",
         query(within(*BEFORE, MEAN), "{{phase}}", instant=True), width=12),
    lines("Slots replaced", "The former roll is moved so that both end at the same moment.", "short",
          *overlaid("sum(rollport_roll_slots_replaced{@} OFFSET)"), dashed="roll $before"),
    lines("Workers that come and go", "All that do not serve: replacements under way, predecessors "
          "leaving.", "short",
          *overlaid("""sum(rollport_workers{@, state!="serving"} OFFSET)"""), dashed="roll $before"),
    row("What it cost"),
    lines("Latency, p99", "Of users' requests; the former roll is moved so that both end at the same moment.", "s",
          *overlaid("""histogram_quantile(0.99, sum by (le)
                       (rate(rollport_http_request_duration_seconds_bucket{@}[$__rate_interval] OFFSET)))"""),
          dashed="roll $before"),
    lines("Requests", "So that the two latencies can be compared: was the load the same?", "reqps",
          *overlaid("sum(rate(rollport_http_requests_total{@}[$__rate_interval] OFFSET))"),
          dashed="roll $before"),
    latency("Latency in roll $roll", "Over its whole time.", THIS),
    latency("Latency in roll $before", "Over its whole time.", BEFORE),
    lines("Open connections", "A step down: clients had to connect again.", "short",
          *overlaid("sum(rollport_connections_open{@} OFFSET)"), dashed="roll $before"),
    lines("Fullest accept queue", "Of any slot, as a part of its limit.", "percentunit",
          *overlaid("""max(rollport_accept_queue_depth{@} OFFSET
                       / (rollport_accept_queue_limit{@} OFFSET > 0))"""), dashed="roll $before"),
]

ROLL = dashboard(
    "rollport-roll", "rollport: a roll and the one before",
    "The last roll of the time range beside the one before it: verdict, phases, cost.", VARIABLES, PANELS,
    time_from="now-6h")
