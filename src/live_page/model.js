
// What the page knows: the last status, samples of the totals, the last events and rolls. No DOM and
// no clock here: the caller gives the time (milliseconds of the page's own clock).
const KEEP_SAMPLES = 91;
const KEEP_EVENTS = 200;
const KEEP_ROLLS = 8;
// Latency is taken over this many samples: a single second has too few requests for a p99.
const LATENCY_WINDOW = 5;

class Model {
  constructor() {
    this.reset();
  }

  reset() {
    this.status = null;
    this.statusAt = 0;
    this.samples = [];
    this.events = [];
    this.rolls = new Map();
    this.lastSequence = 0;
    this.phases = new Map(); // of workers that live, by pid
    this.deaths = 0; // of workers that served: what they held is lost
    this.clockOffset = 0;
  }

  // False if this is another controller than before: what was known of the former one is dropped.
  takeStatus(status, now) {
    const same = !this.status || this.status.controller_pid === status.controller_pid;
    if (!same) this.reset();
    this.status = status;
    this.statusAt = now;
    this.samples.push({ at: now, ...readTotals(status), rolling: status.roll != null });
    if (this.samples.length > KEEP_SAMPLES) this.samples.shift();
    const roll = status.roll && this.rolls.get(status.roll.number);
    if (roll) this.clockOffset = roll.began + status.roll.seconds * 1000 - now;
    return same;
  }

  // False if it is known already: a stream that begins anew repeats some events.
  takeEvent(event) {
    if (event.sequence <= this.lastSequence) return false;
    this.lastSequence = event.sequence;
    this.events.push(event);
    if (this.events.length > KEEP_EVENTS) this.events.shift();
    this.trackWorker(event);
    if (event.roll > 0) takeRollEvent(this.rollOf(event), event);
    return true;
  }

  trackWorker(event) {
    if (event.kind === "WorkerStateChanged") this.phases.set(event.pid, event.phase);
    if (event.kind !== "WorkerExited") return;
    if (["serving", "canary"].includes(this.phases.get(event.pid))) this.deaths += 1;
    this.phases.delete(event.pid);
  }

  rollOf(event) {
    if (!this.rolls.has(event.roll)) {
      this.rolls.set(event.roll, newRoll(event.roll, Date.parse(event.at)));
      if (this.rolls.size > KEEP_ROLLS) this.rolls.delete(Math.min(...this.rolls.keys()));
    }
    return this.rolls.get(event.roll);
  }

  // Newest first.
  recentRolls() {
    return [...this.rolls.values()].sort((a, b) => b.number - a.number);
  }

  // Requests per second between two samples that follow each other.
  requestRates() {
    return pairs(this.samples).map(([a, b]) => ({
      at: b.at,
      value: perSecond(b.requests - a.requests, a, b),
      rolling: b.rolling,
    }));
  }

  // Seconds; null if no request ended.
  latencies(quantile) {
    return pairs(this.samples).map(([, b], i) => ({
      at: b.at,
      value: quantileBetween(this.samples[Math.max(0, i + 1 - LATENCY_WINDOW)], b, quantile),
      rolling: b.rolling,
    }));
  }
}

function pairs(list) {
  return list.slice(1).map((item, i) => [list[i], item]);
}

function perSecond(difference, a, b) {
  return b.at > a.at ? Math.max(0, difference) / ((b.at - a.at) / 1000) : 0;
}

// The status has "totals": counts of the fleet since it began, those of dead workers included.
function readTotals(status) {
  const { requests, latency } = status.totals;
  return { requests, bounds: latency.bounds, counts: latency.counts };
}

// By linear interpolation inside a bucket, as Prometheus' histogram_quantile does. `counts` are of
// each bucket alone; the last one has no upper bound.
function quantileBetween(a, b, quantile) {
  const counts = b.counts.map((count, i) => Math.max(0, count - (a.counts[i] || 0)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    if (below + counts[i] >= quantile * total && counts[i] > 0) {
      const low = i === 0 ? 0 : b.bounds[i - 1];
      if (i >= b.bounds.length) return low;
      return low + (b.bounds[i] - low) * ((quantile * total - below) / counts[i]);
    }
    below += counts[i];
  }
  return null;
}
