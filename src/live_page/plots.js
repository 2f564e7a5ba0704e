
// The four figures: what is lost, requests and latency as small plots, what serves.
const PLOT_WIDTH = 240;
const PLOT_HEIGHT = 52;
const PLOT_MILLISECONDS = KEEP_POINTS * 1000;

class Figures {
  constructor(parent) {
    this.lost = new Card(parent, "Lost since the start");
    this.requests = new Card(parent, "Requests per second", "line");
    this.latency = new Card(parent, "Latency", "line", "line-second");
    this.serving = new Card(parent, "Connections open");
  }

  show(model) {
    this.showLost(model.status, model.deaths);
    this.showRequests(model);
    this.showLatency(model);
    this.showServing(model.status);
  }

  // A handshake that was dropped may have succeeded when it was tried again, and what a worker held that
  // died is not known: then nothing more precise is true.
  showLost(status, deaths) {
    const cut = status.totals.connections_cut; // null: not known
    const dropped = status.listener_drops;
    const unknown = cut === null || deaths + dropped > 0;
    this.lost.tone(cut > 0 || unknown ? "warn" : "good");
    if (cut > 0) this.lost.number(formatCount(cut), unknown ? "or more" : "");
    else if (unknown) this.lost.number("Unknown");
    else this.lost.number(counts(status) ? "Nothing" : "Nothing seen");
    this.lost.facts([
      ["Cut at a drain's end", cut > 0 || (counts(status) && cut !== null) ? formatCount(cut) : "–", cut > 0],
      ["Dropped at its listeners", formatCount(dropped), dropped > 0],
      ["Workers that died", formatCount(deaths), deaths > 0],
    ]);
  }

  showRequests(model) {
    const rates = model.curve((point) => point.requests / point.seconds);
    const known = counts(model.status) && rates.length > 0;
    const errors = known ? model.errorRatio() : null;
    this.requests.tone(errors > 0 ? "warn" : "");
    this.requests.number(known ? formatCount(rates.at(-1).value) : "–", "",
                         ...(errors === null ? [] : [formatPercent(errors), "errors"]));
    const bad = model.curve((point) => point.errors / point.seconds);
    this.requests.plot([rates, withoutRests(bad)], model.rollTimes(),
                       known ? rangeText(rates, formatCount) : "no figures yet", ["line", "line-bad"]);
  }

  showLatency(model) {
    const p50s = model.curve((point) => point.p50);
    const p99s = model.curve((point) => point.p99);
    const p50 = p50s.length > 0 ? p50s.at(-1).value : null;
    const p99 = p99s.length > 0 ? p99s.at(-1).value : null;
    const [low, lowUnit] = formatLatency(p50);
    const [high, highUnit] = formatLatency(p99);
    this.latency.number(low, `${lowUnit} p50`, high, `${highUnit} p99`);
    this.latency.plot([p99s, p50s], model.rollTimes(),
                      p99 === null ? "no figures yet" : `p50 ${low} ${lowUnit}, p99 ${high} ${highUnit}`,
                      ["line-second", "line"]);
  }

  showServing(status) {
    const known = status.workers.filter((worker) => worker.connections !== null);
    const open = known.reduce((sum, worker) => sum + worker.connections, 0);
    const queued = status.workers.reduce((sum, worker) => sum + (worker.accept_queue || 0), 0);
    const draining = status.workers.filter((worker) => worker.state === "draining").length;
    this.serving.number(known.length > 0 ? formatCount(open) : "–");
    this.serving.facts([
      ["Waiting in accept queues", formatCount(queued), false],
      ["Workers draining", formatCount(draining), false],
      ["Dropped on the whole host", formatCount(status.totals.host_drops), false],
    ]);
  }
}

// The curve without the stretches in which it is 0.
function withoutRests(points) {
  const some = (i) => i >= 0 && i < points.length && points[i].value > 0;
  return points.map(({ at, value }, i) => ({ at, value: some(i - 1) || some(i) || some(i + 1) ? value : null }));
}

// Whether the workers count their requests: a server that is written without the library does not, and a 0
// would claim too much.
function counts(status) {
  return status.workers.length === 0 || status.workers.some((worker) => worker.counts);
}

class Card {
  constructor(parent, title, ...lines) {
    this.value = el("p", { class: "number" });
    this.node = el("article", { class: "card", "data-lines": lines.length }, el("h2", {}, title), this.value);
    parent.append(this.node);
    if (lines.length > 0) {
      this.picture = svg("svg", { viewBox: `0 0 ${PLOT_WIDTH} ${PLOT_HEIGHT}`, preserveAspectRatio: "none", role: "img" });
      this.node.append(el("div", { class: "plot" }, this.picture));
    } else {
      this.list = el("dl");
      this.node.append(this.list);
    }
  }

  tone(tone) {
    setData(this.node, "tone", tone);
  }

  // Numbers, each followed by its unit.
  number(...parts) {
    const text = parts.join("|");
    if (this.shown === text) return;
    this.shown = text;
    this.value.replaceChildren();
    for (let i = 0; i < parts.length; i += 2) {
      const unit = el("small", { class: i === 0 ? "first" : "second" }, parts[i + 1] || "");
      this.value.append(el("span", {}, parts[i], unit), " ");
    }
  }

  facts(rows) {
    while (this.list.children.length < 2 * rows.length) this.list.append(el("dt"), el("dd"));
    rows.forEach(([name, value, warn], i) => {
      setText(this.list.children[2 * i], name);
      setText(this.list.children[2 * i + 1], value);
      setData(this.list.children[2 * i + 1], "tone", warn ? "warn" : "");
    });
  }

  // `series`: curves, each with the class that `styles` has for it; the first is filled. `bands`: times to
  // mark.
  plot(series, bands, label, styles) {
    this.picture.setAttribute("aria-label", label);
    const top = Math.max(...series.flat().map((point) => point.value || 0), 1e-9) * 1.15;
    const newest = series[0].length > 0 ? series[0].at(-1).at : 0;
    const xAt = (at) => PLOT_WIDTH * (1 - (newest - at) / PLOT_MILLISECONDS);
    this.picture.replaceChildren(
        ...bandsOf(bands, newest, xAt),
        svg("path", { class: "area", d: areaOf(pathOf(series[0], xAt, top)) }),
        ...series.map((points, i) => svg("path", { class: styles[i], d: pathOf(points, xAt, top) })));
  }
}

// A curve has a gap where a value is null.
function pathOf(points, xAt, top) {
  let path = "";
  let pen = "M";
  for (const { at, value } of points) {
    if (value === null) {
      pen = "M";
      continue;
    }
    const y = PLOT_HEIGHT - 1 - (value / top) * (PLOT_HEIGHT - 2);
    path += `${pen}${xAt(at).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  }
  return path;
}

// What is below the pieces of a curve.
function areaOf(path) {
  return path.split("M").slice(1).map((piece) => {
    const points = piece.split("L");
    const x = (point) => point.split(" ")[0];
    return `M${piece}L${x(points.at(-1))} ${PLOT_HEIGHT}L${x(points[0])} ${PLOT_HEIGHT}Z`;
  }).join("");
}

// Marks the times that the plot still shows; a short one can be seen too.
function bandsOf(times, newest, xAt) {
  return times.map(({ from, to }) => [Math.max(0, xAt(from)), Math.min(PLOT_WIDTH, xAt(to === null ? newest : to))])
      .filter(([begin, end]) => end > 0 && begin < PLOT_WIDTH)
      .map(([begin, end]) => svg("rect", { class: "band", x: begin.toFixed(1), y: 0, width: Math.max(end - begin, 1).toFixed(1), height: PLOT_HEIGHT }));
}

function rangeText(points, format) {
  const values = points.map((point) => point.value);
  return `now ${format(values.at(-1))}, between ${format(Math.min(...values))} and ` +
      `${format(Math.max(...values))} in the last ${formatSeconds(values.length)}`;
}
