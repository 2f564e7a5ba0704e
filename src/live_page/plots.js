
// The four figures: what is lost, requests and latency as small plots, what serves.
const PLOT_WIDTH = 240;
const PLOT_HEIGHT = 52;

class Figures {
  constructor(parent) {
    this.lost = new Card(parent, "Lost since the start");
    this.requests = new Card(parent, "Requests per second", "line");
    this.latency = new Card(parent, "Latency", "line", "line-second");
    this.serving = new Card(parent, "Connections open");
  }

  show(model) {
    this.showLost(model.status, model.deaths);
    const rates = model.requestRates();
    const rate = counts(model.status) && rates.length > 0 ? rates.at(-1).value : null;
    this.requests.number(rate === null ? "–" : formatCount(rate));
    this.requests.plot([rates], rate === null ? "no figures yet" : rangeText(rates, formatCount));
    this.showLatency(model.latencies(0.5), model.latencies(0.99));
    this.showServing(model.status);
  }

  showLost(status, deaths) {
    const cut = status.totals.connections_cut;
    const dropped = status.totals.kernel_drops;
    this.lost.tone(cut + dropped + deaths > 0 ? "warn" : "good");
    if (cut + dropped > 0) this.lost.number(formatCount(cut + dropped));
    else if (deaths > 0) this.lost.number("Unknown");
    else this.lost.number(counts(status) ? "Nothing" : "Nothing seen");
    this.lost.facts([
      ["Cut at a drain's end", counts(status) ? formatCount(cut) : "–", cut > 0],
      ["Dropped by the host's kernel", formatCount(dropped), dropped > 0],
      ["Workers that died", formatCount(deaths), deaths > 0],
    ]);
  }

  showLatency(p50s, p99s) {
    const p50 = p50s.length > 0 ? p50s.at(-1).value : null;
    const p99 = p99s.length > 0 ? p99s.at(-1).value : null;
    const [low, lowUnit] = formatLatency(p50);
    const [high, highUnit] = formatLatency(p99);
    this.latency.number(low, `${lowUnit} p50`, high, `${highUnit} p99`);
    this.latency.plot([p99s, p50s], p99 === null ? "no figures yet"
                                                 : `p50 ${low} ${lowUnit}, p99 ${high} ${highUnit}`);
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
    ]);
  }
}

// Whether any of the fleet's workers counts: a server that is written without the library does not,
// and a 0 would claim too much.
function counts(status) {
  return status.workers.length === 0 || status.workers.some((worker) => worker.connections !== null);
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

  // `series`: lists of points. The highest one comes first, and is filled.
  plot(series, label) {
    this.picture.setAttribute("aria-label", label);
    const top = Math.max(...series.flat().map((point) => point.value || 0), 1e-9) * 1.15;
    this.picture.replaceChildren(
        ...bands(series[0]),
        svg("path", { class: "area", d: areaOf(pathOf(series[0], top)) }),
        ...series.map((points, i) => svg("path", { class: i === 0 && series.length > 1 ? "line-second" : "line", d: pathOf(points, top) })));
  }
}

// The newest point is at the right edge; a plot that is not full yet grows from there.
function xOf(points, i) {
  return PLOT_WIDTH - ((points.length - 1 - i) * PLOT_WIDTH) / (KEEP_SAMPLES - 2);
}

function pathOf(points, top) {
  let path = "";
  points.forEach((point, i) => {
    if (point.value === null) return;
    const y = PLOT_HEIGHT - 1 - (point.value / top) * (PLOT_HEIGHT - 2);
    path += `${path === "" ? "M" : "L"}${xOf(points, i).toFixed(1)} ${y.toFixed(1)}`;
  });
  return path;
}

function areaOf(path) {
  if (path === "") return "";
  const first = path.slice(1).split(" ")[0];
  const last = path.slice(path.lastIndexOf("L") + 1).split(" ")[0].replace("M", "");
  return `${path}L${last} ${PLOT_HEIGHT}L${first} ${PLOT_HEIGHT}Z`;
}

// Marks the times at which a roll was under way.
function bands(points) {
  const width = PLOT_WIDTH / (KEEP_SAMPLES - 2);
  return points.flatMap((point, i) => (point.rolling
      ? [svg("rect", { class: "band", x: (xOf(points, i) - width).toFixed(1), y: 0, width: width.toFixed(2), height: PLOT_HEIGHT })]
      : []));
}

function rangeText(points, format) {
  const values = points.map((point) => point.value);
  return `now ${format(values.at(-1))}, between ${format(Math.min(...values))} and ` +
      `${format(Math.max(...values))} in the last ${plural(values.length, "second")}`;
}
