"""The report of a soak: an object for JSON, and a text for people."""

from soaklib import attribution, stats


def summarize(setup, actions, kills, loads, watch, samples, left_behind):
    """`loads` are reports of rollport-load by name. The verdict is in "passed" and "findings"."""
    losses = attribution.attribute(loads.values(), kills)
    requests = sum(load["requests"] for load in loads.values())
    unexplained = len(losses["unexplained"])
    spans = [(a["from"], a["to"]) for a in actions if "roll" in a["what"] or "spoilt" in a["what"]]
    mixed = loads["mixed"]
    inside, outside = stats.highest_inside_and_outside(mixed["series"], mixed["start_unix"], spans)
    report = {
        **setup,
        "requests": requests,
        "connections": sum(load["connections"]["opened"] for load in loads.values()),
        "actions": len(actions),
        "rolls": sum(1 for a in actions if a.get("verdict", {}).get("outcome") == "rolled"),
        "retirements": sum(a["replaced"] for a in actions),
        "kills": len(kills),
        "cut": sum(a["cut"] or 0 for a in actions),
        "lost": unexplained,
        "lost_by_kind": attribution.count_by_kind(losses["unexplained"]),
        "lost_in_killed_workers": {
            "inside": len(losses["inside"]),
            "queued": len(losses["queued"]),
            "by_kind": attribution.count_by_kind(losses["inside"] + losses["queued"]),
        },
        "loss_rate_upper_bound_95":
            stats.poisson_upper(unexplained) / requests if requests else None,
        "latency_ms": mixed["latency_ms"],
        "latency_max_ms": {"during_rolls": inside, "otherwise": outside},
        "watch": watch,
        "resources": resources(samples),
        "loads": {name: {k: load[k] for k in ("requests", "lost", "lost_by_kind", "local_errors",
                                              "never_begun", "connections", "clients")}
                  for name, load in loads.items()},
        "losses": losses,
        "action_log": actions,
        "kill_log": kills,
        "samples": samples,
        "left_behind": left_behind,
    }
    report["findings"] = findings(report, loads)
    report["passed"] = not report["findings"]
    return report


def resources(samples):
    """First, middle, highest and last value of each curve."""
    curves = {}
    for name in ("controller_kib", "controller_descriptors", "worker_max_kib",
                 "worker_max_descriptors", "workers"):
        values = [s[name] for s in samples if s[name] is not None]
        if values:
            curves[name] = {"first": values[0], "median": stats.quantile(values, 0.5),
                            "max": max(values), "last": values[-1]}
    return curves


def findings(report, loads):
    """What is wrong, one line each."""
    found = [f"{a['what']}: {a['wrong']}" for a in report["action_log"] if a["wrong"]]
    found += [f"{a['what']}: it is not known how many connections were cut"
              for a in report["action_log"] if a["cut"] is None and not a.get("killed")]
    found += [f"left behind: {what}" for what in report["left_behind"]]
    if report["lost"]:
        found.append(f"{report['lost']} requests lost outside killed workers: "
                     f"{report['lost_by_kind']}")
    if report["cut"]:
        found.append(f"{report['cut']} connections cut at the end of a drain")
    if report["watch"]["outcome"] != "clean":
        found.append(f"listeners: {report['watch']['outcome']}")
    for name, load in loads.items():
        if load["local_errors"] or load["unfinished"] or not load["requests"]:
            found.append(f"the {name} load proves nothing: {load['local_errors']} errors of its own, "
                         f"{load['unfinished']} unfinished, {load['requests']} requests")
        if load["connections"]["stray"]:
            found.append(f"unrequested bytes, {load['connections']['stray']} times")
    return found


def text(report):
    killed = report["lost_in_killed_workers"]
    latency, highest = report["latency_ms"], report["latency_max_ms"]
    bound = report["loss_rate_upper_bound_95"]
    lines = [
        f"soak of {report['seconds']:.0f} s, seed {report['seed']}: "
        f"{'passed' if report['passed'] else 'FAILED'}",
        f"{report['workers']} workers on {', '.join(report['listen'])}, "
        f"steering {report['steering']}, migrate_requests {report['migrate_requests']}",
        "",
        f"requests          {report['requests']:>10}   on {report['connections']} connections",
        f"rolled            {report['rolls']:>10}   of {report['actions']} actions, "
        f"{report['retirements']} workers retired",
        f"workers killed    {report['kills']:>10}",
        "",
        f"lost              {report['lost']:>10}"
        + (f"   95 % upper bound {bound:.2e} of all requests" if bound is not None else ""),
        *(f"    {kind:<14}{count:>10}" for kind, count in report["lost_by_kind"].items()),
        f"cut               {report['cut']:>10}",
        f"in killed workers {killed['inside'] + killed['queued']:>10}   {killed['inside']} held by "
        f"the worker, {killed['queued']} not accepted yet",
        *(f"    {kind:<14}{count:>10}" for kind, count in killed["by_kind"].items()),
        "",
        f"latency ms        p50 {latency['p50']:.2f}   p99 {latency['p99']:.2f}   "
        f"p99.9 {latency['p99.9']:.2f}",
        f"    highest       {highest['during_rolls']:.2f} during rolls   "
        f"{highest['otherwise']:.2f} otherwise",
        "",
    ]
    for address, seen in report["watch"]["addresses"].items():
        numbers = [int(n) for n in seen["looks_by_listeners"]]
        lines.append(
            f"{address}: no listener at {seen['empty_looks']} of {seen['looks']} looks; "
            f"{min(numbers, default=0)} to {max(numbers, default=0)} listeners")
        lines.append(f"    between looks: 99 % up to {seen['gap_ms']['p99']} ms, longest "
                     f"{seen['gap_ms']['max']} ms")
    lines += ["", f"{'over time':<26}{'first':>10}{'median':>10}{'highest':>10}{'last':>10}"]
    for name, curve in report["resources"].items():
        lines.append(f"    {name:<22}" + "".join(
            f"{curve[at]:>10}" for at in ("first", "median", "max", "last")))
    lines += [""] + [f"finding: {line}" for line in report["findings"]]
    return "\n".join(lines).rstrip() + "\n"
