"""Which lost requests were inside a killed worker?

rollport-kill stops a worker, reads its connections from the kernel's table, and kills it. A lost
request belongs to that kill only if all of this holds:
  - it was lost while the worker was stopped or dying, or at most SLACK later; or SLOW later, if the
    worker held the connection, because a slow client still reads what had reached its host, and
    finds the connection closed only when it asks again;
  - it was lost in a way that a death causes: an open connection broke. A request that was refused,
    late, wrong or malformed was not lost by a death;
  - its connection was held by the killed worker ("inside", exact), or had not been accepted by any
    worker, or was opened while the worker was stopped ("queued": the kernel does not tell in which
    accept queue a connection is, so this class is bounded by time, not proven). A connection that a
    predecessor of its slot had handed over and the killed worker had not taken yet is queued too.
A connection on which another worker had already answered is in neither class, unless it was handed
over: by its slot's predecessor, or, if the killed worker held it and it broke within SLACK, by any
worker.
"""

import re

SLOW = 10  # seconds that a slow client may take to read an answer that has arrived
SLACK = 0.1  # seconds from a death until a busy client notices it
DEATH_KINDS = frozenset(["reset", "reset_midway", "closed", "crossed_close", "cut"])


def server_of(kill):
    return f"slot {kill.get('slot')} generation {kill.get('generation')}"


def by_predecessor(loss, kill):
    """Whether the last answer came from an earlier generation of the killed worker's slot."""
    served = re.fullmatch(r"slot (\d+) generation (\d+)", loss["served_by"])
    return (served is not None and int(served[1]) == kill.get("slot")
            and int(served[2]) < kill.get("generation"))


def place_of(loss, start_unix, kill):
    """ "inside", "queued", or None if `kill` cannot explain `loss` (both as rollport-kill and
    rollport-load print them; times of a loss are since `start_unix`)."""
    if loss["kind"] not in DEATH_KINDS:
        return None
    ended = start_unix + loss["ended"]
    if not kill["stopped_unix"] - SLACK <= ended <= kill["gone_unix"] + SLOW:
        return None
    at_once = ended <= kill["gone_unix"] + SLACK
    its_own = loss["served_by"] in ("", server_of(kill)) or by_predecessor(loss, kill)
    if loss["local"] in kill["accepted"] and (its_own or at_once):
        return "inside"
    if not at_once:
        return None
    if loss["local"] in kill["unaccepted"] or by_predecessor(loss, kill):
        return "queued"
    began = start_unix + loss["began"]
    opened_meanwhile = kill["stopped_unix"] - SLACK <= began <= kill["gone_unix"]
    return "queued" if opened_meanwhile and not loss["served_by"] else None


def attribute(reports, kills):
    """Sorts the losses of several reports of rollport-load: {"inside": [...], "queued": [...],
    "unexplained": [...]}. Losses that a report has counted but not listed are unexplained."""
    sorted_losses = {"inside": [], "queued": [], "unexplained": []}
    for report in reports:
        for loss in report["losses"]:
            if loss["kind"] in ("local_error", "unfinished"):
                continue
            places = [place_of(loss, report["start_unix"], kill) for kill in kills]
            place = next((p for p in ("inside", "queued") if p in places), "unexplained")
            sorted_losses[place].append(dict(loss, at_unix=report["start_unix"] + loss["ended"]))
        for _ in range(report["losses_omitted"]):
            sorted_losses["unexplained"].append({"kind": "not told", "at_unix": None})
    return sorted_losses


def count_by_kind(losses):
    counts = {}
    for loss in losses:
        counts[loss["kind"]] = counts.get(loss["kind"], 0) + 1
    return dict(sorted(counts.items()))
