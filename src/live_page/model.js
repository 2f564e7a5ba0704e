
// What the page knows: the last status, the points of the plots, the last events and rolls. No DOM and
// no clock here: the caller gives the time (milliseconds of the page's own clock).
const KEEP_POINTS = 300; // as many as the controller keeps: five minutes
const KEEP_EVENTS = 200;
const KEEP_ROLLS = 8;

class Model {
  constructor() {
    this.reset();
  }

  reset() {
    this.status = null;
    this.statusAt = 0;
    this.points = []; // {number, at, seconds, requests, errors, p50, p99}, see live_status.h
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
    this.takePoints(status.points);
    const roll = status.roll && this.rolls.get(status.roll.number);
    if (roll && !roll.verdict) { // its end may be known before a status that was asked earlier
      this.clockOffset = roll.began + status.roll.seconds * 1000 - now;
      roll.turn = status.roll.phase;
      roll.reason = status.roll.reason;
    }
    return same;
  }

  takePoints(points) {
    for (const point of points) {
      if (point.number > this.lastPoint()) this.points.push({ ...point, at: Date.parse(point.at) });
    }
    this.points.splice(0, this.points.length - KEEP_POINTS);
  }

  lastPoint() {
    return this.points.length > 0 ? this.points.at(-1).number : 0;
  }

  // Whether all events up to the last status have come.
  knowsHistory() {
    return this.status !== null && this.lastSequence >= this.status.last_event;
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

  // [{at, value}] of each point; `value` makes a number, or null, of one.
  curve(value) {
    return this.points.map((point) => ({ at: point.at, value: value(point) }));
  }

  // When a roll was under way: [{from, to}], `to` null if it still is.
  rollTimes() {
    return [...this.rolls.values()].map((roll) => ({ from: roll.began, to: roll.ended }));
  }

  // The part of the answers of the last points that were 5xx; null if there were none.
  errorRatio() {
    const last = this.points.slice(-ERROR_WINDOW);
    const sum = (key) => last.reduce((total, point) => total + point[key], 0);
    return sum("requests") > 0 ? sum("errors") / sum("requests") : null;
  }
}

// Over these many seconds.
const ERROR_WINDOW = 10;
