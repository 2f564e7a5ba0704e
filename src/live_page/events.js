
// The list of events, in words, newest first.
const BAD = new Set(["PromiseBroken", "StartFailed"]);
const WARN = new Set(["SteeringLost", "RollReverting", "SignalFailed"]);
const OF_ROLL = new Set(["RollBegan", "RollEnded", "FleetStarted", "FleetStopped", "RollPaused", "CanaryStepBegan"]);

class EventList {
  constructor(parent, button) {
    this.parent = parent;
    this.button = button;
    this.held = null;
    button.addEventListener("click", () => this.toggle());
  }

  // While the list is held it does not move, so that it can be read.
  toggle() {
    const waiting = this.held;
    this.held = waiting === null ? [] : null;
    this.button.setAttribute("aria-pressed", String(this.held !== null));
    setText(this.button, "Hold");
    if (waiting !== null) waiting.forEach((event) => this.add(event));
  }

  take(event) {
    if (this.held === null) return this.add(event);
    this.held.push(event);
    if (this.held.length > KEEP_EVENTS) this.held.shift();
    setText(this.button, `Hold (${this.held.length} new)`);
  }

  add(event) {
    const at = Date.parse(event.at);
    this.parent.prepend(el("li", { "data-tone": toneOf(event), "data-kind": event.kind },
        el("time", { datetime: event.at }, formatClock(at, true)), el("span", {}, wordsOf(event))));
    if (this.parent.children.length > KEEP_EVENTS) this.parent.lastChild.remove();
  }

  clear() {
    this.parent.replaceChildren();
    if (this.held !== null) this.held = [];
  }
}

function toneOf(event) {
  if (BAD.has(event.kind)) return "bad";
  if (WARN.has(event.kind) || event.failed) return "warn";
  if (event.kind === "WorkerExited" && /signal|SIG|status [1-9]/.test(event.message || "")) return "warn";
  if (event.verdict && event.verdict.outcome !== "rolled") return "warn";
  return OF_ROLL.has(event.kind) ? "roll" : "";
}

// "slot 2, generation 8: healthy", "roll 3 ended: rolled"
function wordsOf(event) {
  const worker = event.slot === undefined ? "" : `slot ${event.slot}, generation ${event.generation}: `;
  const about = event.message ? `: ${event.message}` : "";
  if (event.kind === "WorkerStateChanged") return `${worker}${event.phase}${about}`;
  if (event.kind === "WorkerExited" && event.message) return `${worker}${event.message}`;
  if (event.kind.startsWith("Roll") && event.roll > 0) {
    return `roll ${event.roll} ${spoken(event.kind.slice(4))}${about}`;
  }
  return `${worker}${spoken(event.kind)}${about}`;
}

// "WorkerExited" -> "worker exited"
function spoken(kind) {
  return kind.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}
