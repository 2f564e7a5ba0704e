
// Slots as tiles: the worker that serves, and below it those that come and go.
const ORDER = ["serving", "canary", "starting", "ready", "healthy", "dismissed", "quiescing", "draining", "killed", "stuck"];
const MANY_SLOTS = 12;

class Tiles {
  constructor(parent) {
    this.parent = parent;
    this.tiles = new Map();
  }

  show(status) {
    const slots = slotsOf(status);
    keyed(this.parent, this.tiles, slots, (slot) => new Tile(slot));
    setData(this.parent, "many", slots.length > MANY_SLOTS);
    setData(this.parent, "rolling", status.roll != null);
    placeSlots(slots.length > MANY_SLOTS);
    const most = Math.max(...status.workers.map((worker) => worker.share), 1e-9);
    const percents = percentsOf(status.workers.map((worker) => worker.share));
    const rows = status.workers.map((worker, i) => ({ ...worker, percent: percents[i] }));
    for (const slot of slots) {
      this.tiles.get(slot).show(rows.filter((worker) => worker.slot === slot), most);
    }
    setText(byId("generations"), generationsOf(status));
  }
}

// Many slots fill more than a screen: the rolls and events stand above them then.
function placeSlots(many) {
  const slots = byId("slots-section");
  const columns = byId("columns");
  const [upper, lower] = many ? [columns, slots] : [slots, columns];
  if (upper.nextElementSibling !== lower) lower.before(upper);
}

// "generation 7 has 50 %, generation 8 has 50 %"
function generationsOf(status) {
  const shares = new Map();
  for (const worker of status.workers) {
    shares.set(worker.generation, (shares.get(worker.generation) || 0) + worker.share);
  }
  const sorted = [...shares].sort(([a], [b]) => a - b);
  const percents = percentsOf(sorted.map(([, share]) => share));
  return sorted.map(([generation], i) => `generation ${generation} has ${percents[i]}`).join(", ");
}

class Tile {
  constructor(slot) {
    this.workers = new Map();
    this.list = el("div");
    this.note = el("span");
    this.node = el("li", { class: "tile", "data-slot": slot, "aria-label": `Slot ${slot}` },
                   el("h3", {}, el("span", {}, `Slot ${slot}`), this.note), this.list);
  }

  show(workers, most) {
    const sorted = [...workers].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
    keyed(this.list, this.workers, sorted.map((worker) => worker.pid), () => new WorkerRow());
    for (const worker of sorted) this.workers.get(worker.pid).show(worker, most);
    const served = sorted.some((worker) => worker.state === "serving" && worker.share > 0);
    const coming = sorted.some((worker) => ["starting", "ready", "healthy", "canary"].includes(worker.state));
    setData(this.node, "moving", sorted.length > 1 || coming);
    setData(this.node, "empty", !served && !coming);
    setText(this.note, noteOf(served, coming, sorted.length));
  }
}

function noteOf(served, coming, workers) {
  if (!served) return coming ? "starting" : "not served";
  if (coming) return "being replaced";
  return workers > 1 ? "predecessor leaving" : "";
}

class WorkerRow {
  constructor() {
    this.generation = el("span", { class: "badge" });
    this.phase = el("span", { class: "phase" });
    this.age = el("time", { title: "since its launch" });
    this.bar = el("span");
    this.share = el("dd");
    this.queue = el("dd");
    this.open = el("dd");
    this.says = el("p", { class: "says" });
    this.trouble = el("p", { class: "says", "data-tone": "warn" });
    this.node = el("div", { class: "worker" },
        el("div", { class: "who" }, this.generation, this.phase, this.age),
        el("div", { class: "share", "aria-hidden": "true" }, this.bar),
        el("dl", { class: "facts" },
           el("div", {}, el("dt", {}, "share"), this.share),
           el("div", {}, el("dt", {}, "queue"), this.queue),
           el("div", {}, el("dt", {}, "open"), this.open)),
        this.says, this.trouble);
  }

  show(worker, most) {
    setData(this.node, "hue", hueOf(worker.generation));
    setData(this.node, "state", worker.state);
    setData(this.node, "generation", worker.generation);
    this.node.title = `pid ${worker.pid}`;
    setText(this.generation, `gen ${worker.generation}`);
    setData(this.phase, "phase", worker.state);
    setText(this.phase, worker.state);
    setText(this.age, formatSeconds(worker.uptime_seconds));
    this.bar.style.width = `${(100 * worker.share) / most}%`;
    setText(this.share, worker.percent);
    setText(this.queue, worker.accept_queue === null ? "–" : formatCount(worker.accept_queue));
    setText(this.open, worker.connections === null ? "–" : formatCount(worker.connections));
    this.say(this.says, worker.status_text);
    this.say(this.trouble, worker.trouble);
  }

  // What it says of itself, or what its last probe got; there may be none.
  say(node, text) {
    setText(node, text || "");
    node.title = text || "";
    node.hidden = !text;
  }
}
