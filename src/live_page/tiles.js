
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
    const most = Math.max(...status.workers.map((worker) => worker.share), 1e-9);
    for (const slot of slots) {
      this.tiles.get(slot).show(status.workers.filter((worker) => worker.slot === slot), most);
    }
    setText(byId("generations"), generationsOf(status));
  }
}

// "generation 7 has 50 %, generation 8 has 50 %"
function generationsOf(status) {
  const shares = new Map();
  for (const worker of status.workers) {
    shares.set(worker.generation, (shares.get(worker.generation) || 0) + worker.share);
  }
  return [...shares].sort(([a], [b]) => a - b)
      .map(([generation, share]) => `generation ${generation} has ${formatPercent(share)}`).join(", ");
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
    this.node = el("div", { class: "worker" },
        el("div", { class: "who" }, this.generation, this.phase, this.age),
        el("div", { class: "share", "aria-hidden": "true" }, this.bar),
        el("dl", { class: "facts" },
           el("div", {}, el("dt", {}, "share"), this.share),
           el("div", {}, el("dt", {}, "queue"), this.queue),
           el("div", {}, el("dt", {}, "open"), this.open)));
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
    setText(this.share, formatPercent(worker.share));
    setText(this.queue, worker.accept_queue === null ? "–" : formatCount(worker.accept_queue));
    setText(this.open, worker.connections === null ? "–" : formatCount(worker.connections));
  }
}
