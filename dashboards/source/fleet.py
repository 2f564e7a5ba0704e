"""A fleet, in the order of an operator's questions."""

from source.grafana import (BLUE, GREEN, GREY, NONE_IS_GOOD, ORANGE, RED, WHICH_FLEET, YELLOW, bars,
                            dashboard, heat, lines, query, row, stat, states, steps, table, values)

LATENCY = "sum by (le) (rate(rollport_http_request_duration_seconds_bucket{@}[$__rate_interval]))"
ROLLING = "on (job, instance, fleet) rollport_roll_started_timestamp_seconds{@} > 0"
P99 = ("histogram_quantile(0.99, sum by (job, instance, fleet, le) "
       "(rate(rollport_http_request_duration_seconds_bucket{@}[$__rate_interval])))")
FLEET_STATES = {"steady": GREEN, "starting": BLUE, "rolling": BLUE, "paused": YELLOW,
                "reverting": ORANGE, "stopping": GREY}


def increase(metric):
    return query(f"sum(increase({metric}[$__range]))", instant=True)


LOST = [
    row("Is anything being lost?"),
    stat("Connections cut", "Closed with a request under way because drain_timeout ran out. Raise "
         "drain_timeout, or find the requests that take that long.", "short",
         increase("rollport_connections_cut_total{@}"), thresholds=NONE_IS_GOOD, decimals=0),
    stat("Dropped at listeners", "SYNs and handshakes that the kernel dropped at the fleet's own listeners: "
         "nearly always their accept queue was full. One that is sent again counts again.", "short",
         increase("rollport_listener_drops_total{@}"), thresholds=NONE_IS_GOOD, decimals=0),
    stat("Workers died", "Workers that had a share and ended without having been told to: what one "
         "still held is lost.", "short",
         increase("rollport_worker_restarts_total{@}"), thresholds=NONE_IS_GOOD, decimals=0),
    stat("Listeners", "Listeners of the fleet in the groups of its addresses. 0: every client is refused.",
         "short", query("sum(rollport_listeners{@})", instant=True),
         thresholds=steps((RED, None), (GREEN, 1))),
    stat("Foreign listeners", "Listeners of processes that do not belong to this fleet: they take a "
         "part of the connections.", "short", query("sum(rollport_foreign_listeners{@})", instant=True),
         thresholds=NONE_IS_GOOD),
    stat("Steering", "By program: new connections are steered away before a listener closes. By "
         "hash: a retirement may lose half-open handshakes.", "none",
         query("min(rollport_steering_active{@})", instant=True),
         mappings=values({0: ("by hash", RED), 1: ("by program", GREEN)}), thresholds=NONE_IS_GOOD),
    stat("Answers 5xx", "The part of all answers that are server errors.", "percentunit",
         query("""sum(increase(rollport_http_requests_total{@, code="5xx"}[$__range]))
                  / sum(increase(rollport_http_requests_total{@}[$__range]))""", instant=True),
         thresholds=steps((GREEN, None), (YELLOW, 0.001), (RED, 0.01))),
    stat("Promises broken", "Steps of the plan after which a promise did not hold. Anything but 0 is "
         "a bug: please report it.", "short", increase("rollport_promises_broken_total{@}"),
         thresholds=NONE_IS_GOOD, decimals=0),
    lines("Losses", "What was lost per second, by the place where it was lost.", "cps",
          query("sum(rate(rollport_connections_cut_total{@}[$__rate_interval]))", "cut"),
          query("sum(rate(rollport_listener_drops_total{@}[$__rate_interval]))", "dropped at its listeners")),
    lines("Requests by answer", "Users' requests by the class of their answer; probes are not "
          "among them.", "reqps",
          query("sum by (code) (rate(rollport_http_requests_total{@}[$__rate_interval]))", "{{code}}"),
          stacked=True),
]

SERVING = [
    row("What is serving now, which generations and shares?"),
    stat("Generation", "The one that the whole fleet runs; during a roll, the one it came from.", "none",
         query("max(rollport_generation{@})", instant=True)),
    stat("Slots served", "Workers with the state serving. There should be as many as slots.", "short",
         query("""sum(rollport_workers{@, state="serving"})""", "serving", instant=True),
         query("sum(rollport_workers_wanted{@})", "slots", instant=True), text="value_and_name"),
    stat("Controller", "How long it has been running.", "s",
         query("max(rollport_uptime_seconds{@})", instant=True)),
    stat("Release", "Of the controller.", "none",
         query("max by (version) (rollport_build_info{@})", "{{version}}", instant=True), text="name"),
    states("State of the fleet", "Which state it was in, and when.",
           *[query(f'max(rollport_fleet_state{{@, state="{state}"}})', state) for state in FLEET_STATES],
           mappings=values({0: (" ", "transparent"), 1: ("here", BLUE)}), height=8),
    lines("Share by generation", "The part of new connections that each generation is given. A roll "
          "moves it over, slot by slot.", "percentunit",
          query("sum by (generation) (rollport_share_ratio{@})", "generation {{generation}}"),
          stacked=True, maximum=1),
    lines("Connections by state", "Sockets of the fleet's ports as the kernel sees them. Many in "
          "syn_recv: clients that are far away, or a flood.", "short",
          query("sum by (state) (rollport_kernel_connections{@}) > 0", "{{state}}")),
    lines("Dropped on the whole host", "At the listeners of all programs of this network namespace, this "
          "fleet's included.", "cps",
          query("sum(rate(rollport_kernel_listen_overflows_total{@}[$__rate_interval]))", "accept queue full"),
          query("sum(rate(rollport_kernel_listen_drops_total{@}[$__rate_interval]))", "for any reason"),
          query("""sum(rate(rollport_kernel_migrate_requests_total{@, result="failure"}[$__rate_interval]))""",
                "migration failed")),
    table("Slots now", "Each slot as it is at the end of the time range.", "short", {
        "Share": "sum by (slot, generation) (rollport_share_ratio{@})",
        "Connections": "sum by (slot) (rollport_connections_open{@})",
        "Accept queue": "sum by (slot) (rollport_accept_queue_depth{@})",
        "Died": "sum by (slot) (increase(rollport_worker_restarts_total{@}[$__range]))",
    }, key="slot", width=24, units={"Share": "percentunit"}),
]

PHASE_MEAN = """sum by (phase) (increase(rollport_phase_duration_seconds_sum{@}[$__range]))
                / (sum by (phase) (increase(rollport_phase_duration_seconds_count{@}[$__range])) > 0)"""

ROLL = [
    row("How does the roll go, phase by phase?"),
    stat("Under way", "How long the present roll has been under way.", "s",
         query("max(time() - (rollport_roll_started_timestamp_seconds{@} > 0)) or vector(0)", instant=True),
         width=4, decimals=0),
    stat("Slots replaced", "Served by the new generation, in the roll under way.", "short",
         query("sum(rollport_roll_slots_replaced{@})", "replaced", instant=True),
         query("sum(rollport_workers_wanted{@})", "of", instant=True), width=4, text="value_and_name"),
    stat("Rolls by outcome", "In the time range.", "short",
         query("sum by (outcome) (increase(rollport_rolls_total{@}[$__range]))", "{{outcome}}", instant=True),
         width=7, decimals=0, text="value_and_name"),
    stat("Replacements", "Workers launched after the start, for a roll or for one that died, in the "
         "time range.", "short",
         query("sum by (outcome) (increase(rollport_replacements_total{@}[$__range]))", "{{outcome}}", instant=True),
         width=5, decimals=0, text="value_and_name"),
    stat("Newcomers failed", "Workers that failed or ended before they had a share, at the start, in a "
         "roll or as the replacement of one that died: nothing is lost.", "short",
         increase("rollport_newcomers_failed_total{@}"), width=4, thresholds=NONE_IS_GOOD, decimals=0),
    lines("Workers that come and go", "By the phase they are in. One that stays in starting or ready "
          "is what a stuck roll waits for.", "short",
          query("""sum by (state) (rollport_workers{@, state!="serving"})""", "{{state}}"), stacked=True,
          decimals=0),
    lines("Slots replaced", "By the roll under way; back at 0 when it has ended.", "short",
          query("sum(rollport_roll_slots_replaced{@})", "replaced"),
          query("sum(rollport_workers_wanted{@})", "slots"), dashed="slots", decimals=0),
    bars("Phases, mean", "How long workers were in each phase, over the time range.", "s",
         query(PHASE_MEAN, "{{phase}}", instant=True), width=12),
    lines("Phases, p90", "Nine of ten workers had left the phase by then.", "s",
          query("""histogram_quantile(0.9, sum by (phase, le)
                   (increase(rollport_phase_duration_seconds_bucket{@}[$__range])))""", "{{phase}}")),
]

SLOTS = [
    row("Which slot is slow, full or flapping?"),
    lines("Mean latency by slot", "One slot above the others: its worker, its core or its queue.", "s",
          query("""sum by (slot) (rate(rollport_slot_http_request_duration_seconds_sum{@}[$__rate_interval]))
                   / (sum by (slot) (rate(rollport_slot_http_request_duration_seconds_count{@}[$__rate_interval])) > 0)""",
                "slot {{slot}}")),
    lines("Accept queue by slot", "How full the queue of connections that wait to be accepted is. At "
          "100 % the kernel drops connections.", "percentunit",
          query("""max by (slot) (rollport_accept_queue_depth{@} / (rollport_accept_queue_limit{@} > 0))""",
                "slot {{slot}}"),
          thresholds=steps((GREEN, None), (ORANGE, 0.5), (RED, 0.8)), limit=True),
    lines("Requests by slot", "Uneven shares are normal in a roll and while a slot is not served.",
          "reqps",
          query("sum by (slot) (rate(rollport_slot_http_request_duration_seconds_count{@}[$__rate_interval]))",
                "slot {{slot}}"), width=8),
    lines("Open connections by slot", "Those that a draining worker still holds are shown too.", "short",
          query("sum by (slot) (rollport_connections_open{@})", "slot {{slot}}"), width=8),
    bars("Deaths by slot", "Workers that had a share and ended without having been told to, over the "
         "time range.",
         "short", query("sum by (slot) (increase(rollport_worker_restarts_total{@}[$__range]))",
                        "slot {{slot}}", instant=True), thresholds=NONE_IS_GOOD),
    lines("Exits by reason", "drained is as it should be. killed: it did not end within drain_timeout. "
          "The others are crashes.", "cps",
          query("sum by (reason) (rate(rollport_worker_exits_total{@}[$__rate_interval]))", "{{reason}}")),
    lines("Probes", "The controller's own. Bad ones: a worker that is starting, or one that hangs.", "cps",
          query("sum by (result) (rate(rollport_probes_total{@}[$__rate_interval]))", "{{result}}")),
]

COST = [
    row("What did the last roll cost in latency?"),
    lines("Latency", "Of users' requests: from the head to the complete answer. Shaded: a roll.", "s",
          *[query(f"histogram_quantile({q}, {LATENCY})", f"p{100 * q:g}") for q in (0.5, 0.9, 0.99)]),
    heat("Latency, spread", "How many requests took how long.", "s",
         "sum by (le) (increase(rollport_http_request_duration_seconds_bucket{@}[$__rate_interval]))"),
    stat("Highest p99 in rolls", "The highest p99 while a roll was under way, in the time range.", "s",
         query(f"max(max_over_time(({P99} and {ROLLING})[$__range:])) or vector(0)", instant=True), width=4),
    stat("Highest p99 otherwise", "The highest p99 while no roll was under way.", "s",
         query(f"max(max_over_time(({P99} unless {ROLLING})[$__range:]))", instant=True), width=4),
    stat("Last roll", "How it ended.", "none",
         query("max by (outcome) (rollport_last_roll_outcome{@} == 1)", "{{outcome}}", instant=True),
         width=4, text="name"),
    stat("It took", "Without its last drains.", "s",
         query("max(rollport_last_roll_duration_seconds{@})", instant=True), width=4),
    stat("It cut", "Connections closed because drain_timeout ran out.", "short",
         query("sum(rollport_last_roll_connections_cut{@})", instant=True), width=4, thresholds=NONE_IS_GOOD),
    stat("It handed over", "Idle connections passed to a successor.", "short",
         query("sum(rollport_last_roll_connections_handed_over{@})", instant=True), width=4),
]

FLEET = dashboard(
    "rollport-fleet", "rollport: a fleet",
    "Is anything being lost, what serves, how does the roll go, which slot is in trouble, what does a "
    "roll cost.", WHICH_FLEET, LOST + SERVING + ROLL + SLOTS + COST, time_from="now-1h")
