
// The last rolls: one line each, which opens to the phases of every worker over time.
const LANE = 15;
const MANY_LANES = 28;
const THIN_LANE = 6;
const LEFT = 46;

class Timeline {
  constructor(parent) {
    this.parent = parent;
    this.rolls = new Map();
  }

  // `now`: of the controller's clock, for what is still under way. `none`: what to say if there are no
  // rolls to show.
  show(rolls, now, none) {
    if (rolls.length === 0) return this.say(none);
    if (this.rolls.size === 0) this.parent.replaceChildren();
    keyed(this.parent, this.rolls, rolls.map((roll) => roll.number), () => new RollRow());
    rolls.forEach((roll, i) => this.rolls.get(roll.number).show(roll, now, i === 0));
  }

  clear() {
    this.rolls.clear();
    this.parent.replaceChildren();
  }

  say(text) {
    if (this.parent.textContent !== text) this.parent.replaceChildren(el("p", { class: "empty" }, text));
  }
}

class RollRow {
  constructor() {
    this.title = el("span", { class: "title" });
    this.generations = el("span", { class: "quiet" });
    this.outcome = el("span", { class: "outcome" });
    this.took = el("span", { class: "took" });
    this.why = el("p", { class: "why" });
    this.picture = el("div");
    this.medians = el("p", { class: "medians" });
    this.node = el("details", { class: "roll" },
        el("summary", {}, this.title, this.generations, this.outcome, this.took),
        el("div", { class: "inside" }, this.why, this.picture, this.medians));
    this.node.addEventListener("toggle", () => { if (this.latest) this.draw(...this.latest); });
  }

  show(roll, now, newest) {
    // The newest one is opened, and closed when a newer one comes; else it is as the reader left it.
    if (newest && this.wasNewest === undefined) this.node.open = true;
    if (!newest && this.wasNewest) this.node.open = false;
    this.wasNewest = newest;
    this.latest = [roll, now];
    setData(this.node, "outcome", roll.verdict ? roll.verdict.outcome : "");
    setData(this.node, "roll", roll.number);
    setText(this.title, rollName(roll));
    setText(this.generations, generationsText(roll));
    setText(this.outcome, outcomeText(roll));
    setText(this.took, tookText(roll, now));
    setText(this.why, roll.reason);
    this.why.hidden = roll.reason === "";
    if (this.node.open) this.draw(roll, now);
  }

  draw(roll, now) {
    const width = this.picture.clientWidth;
    const drawn = `${roll.workers.size} ${roll.ended || now} ${width}`;
    if (width === 0 || this.drawn === drawn) return;
    this.drawn = drawn;
    this.picture.replaceChildren(gantt(roll, roll.ended || now, width));
    this.medians.replaceChildren(...phaseMedians(roll).map(({ phase, seconds }) =>
      el("span", {}, `${phase} `, el("b", {}, formatSeconds(seconds)))));
  }
}

// Why there is no roll to show. `known`: all events so far are.
function noRollText(status, known) {
  if (status.last_roll === 0) return "No roll yet.";
  if (!known) return "Asking the controller …";
  return `Roll ${status.last_roll} was the last one, before the events that are kept.`;
}

function generationsText(roll) {
  if (roll.from === null) return "";
  return roll.from === roll.to ? `generation ${roll.to}` : `${roll.from} → ${roll.to}`;
}

function outcomeText(roll) {
  if (roll.verdict) return roll.verdict.outcome;
  return ["reverting", "paused"].includes(roll.turn) ? roll.turn : "under way";
}

function tookText(roll, now) {
  if (!roll.verdict) return formatSeconds(Math.max(0, now - roll.began) / 1000);
  return `${formatSeconds(roll.verdict.seconds)} · ${cutText(roll.verdict)} · ${formatClock(roll.began)}`;
}

// A slot has a lane for each generation, in the order in which they entered the roll.
function gantt(roll, end, width) {
  const lanes = lanesOf(roll);
  const lane = lanes.length > MANY_LANES ? THIN_LANE : LANE;
  const height = lanes.length * lane + 20;
  const scale = (width - LEFT - 12) / Math.max(end - roll.began, 1);
  const xAt = (at) => LEFT + Math.max(0, Math.min(at, end) - roll.began) * scale;
  const picture = svg("svg", { class: "gantt", width, height, role: "img", "aria-label": ganttText(roll) });
  picture.append(...ticks((end - roll.began) / 1000, xAt, roll.began, height));
  lanes.forEach(({ slot, first, generation, spans }, i) => {
    // Thin lanes only have room for the name of every fourth slot.
    if (first && (lane === LANE || slot % 4 === 0)) picture.append(svg("text", { x: 0, y: i * lane + 10 }, `slot ${slot}`));
    for (const span of spans) {
      const x = xAt(span.from);
      const length = Math.max(xAt(span.to === null ? end : span.to) - x, 1.2);
      picture.append(svg("rect", { "data-phase": span.phase, x: x.toFixed(1), y: i * lane + 1 + lane / 15, width: length.toFixed(1), height: lane * 2 / 3, rx: lane / 7 },
                         svg("title", {}, `slot ${slot}, generation ${generation}: ${span.phase}`)));
    }
  });
  return picture;
}

function lanesOf(roll) {
  const workers = [...roll.workers.values()].sort((a, b) => a.slot - b.slot || a.spans[0].from - b.spans[0].from);
  const lanes = [];
  let slot = null;
  for (const worker of workers) {
    // Workers of one slot and generation share a lane if they follow each other.
    const free = lanes.find((lane) => lane.slot === worker.slot && lane.generation === worker.generation &&
        lane.spans.at(-1).to !== null && lane.spans.at(-1).to <= worker.spans[0].from);
    if (free) {
      free.spans.push(...worker.spans);
      continue;
    }
    lanes.push({ slot: worker.slot, generation: worker.generation, spans: [...worker.spans],
                 first: worker.slot !== slot });
    slot = worker.slot;
  }
  return lanes;
}

function ticks(seconds, xAt, began, height) {
  const most = xAt(began + seconds * 1000) < 400 ? 4 : 7;
  const step = [0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600].find((s) => seconds / s <= most) || 7200;
  const marks = [];
  for (let at = 0; at <= seconds; at += step) {
    const x = xAt(began + at * 1000).toFixed(1);
    marks.push(svg("line", { x1: x, x2: x, y1: 0, y2: height - 14 }),
               svg("text", { x, y: height - 3, "text-anchor": at === 0 ? "start" : "middle" }, at === 0 ? "0" : formatSeconds(at)));
  }
  return marks;
}

function ganttText(roll) {
  const phases = phaseMedians(roll).map(({ phase, seconds }) => `${phase} ${formatSeconds(seconds)}`);
  return `Phases of ${plural(roll.workers.size, "worker")} in ${rollName(roll)}. Medians: ${phases.join(", ")}.`;
}
