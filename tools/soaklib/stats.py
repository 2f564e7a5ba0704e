"""Small arithmetic."""

import math


def poisson_upper(events, confidence=0.95):
    """The exact upper bound on the mean of a Poisson distribution of which `events` were seen: the
    mean at which this many or fewer are seen with probability 1 - confidence (Garwood 1936). For 0
    events it is 2.996 at 95 %, the rule of three."""

    def at_most(mean):
        term = total = math.exp(-mean)
        for k in range(1, events + 1):
            term *= mean / k
            total += term
        return total

    low, high = 0.0, 10.0 + 3 * events
    for _ in range(200):
        middle = (low + high) / 2
        if at_most(middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def quantile(values, fraction):
    """The smallest value that `fraction` of all do not exceed; None if there are none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)]


def highest_inside_and_outside(series, start_unix, spans):
    """The highest latency (ms) of a report's time series in the buckets that touch one of `spans`
    ((from, to) in unix time), and in the others."""
    inside = outside = 0.0
    width = series["bucket_seconds"]
    for i, value in enumerate(series["max_ms"]):
        begin = start_unix + i * width
        touches = any(begin <= to and begin + width >= since for since, to in spans)
        if touches:
            inside = max(inside, value)
        else:
            outside = max(outside, value)
    return inside, outside


def parse_duration(text):
    """Seconds of "90", "60s", "1.5h", "2m30s". Raises ValueError if it is none."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    try:
        return float(text)
    except ValueError:
        pass
    total, number, i = 0.0, "", 0
    while i < len(text):
        if text[i].isdigit() or text[i] == ".":
            number += text[i]
            i += 1
            continue
        unit = "ms" if text.startswith("ms", i) else text[i]
        total += float(number) * units[unit] if unit in units else float("nan")
        number, i = "", i + len(unit)
    if number or not total > 0:
        raise ValueError(f"{text}: not a duration such as 60s or 1h")
    return total
