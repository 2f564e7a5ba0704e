
// Puts the parts together.
const model = new Model();
const figures = new Figures(byId("figures"));
const tiles = new Tiles(byId("slots"));
const timeline = new Timeline(byId("rolls"));
const eventList = new EventList(byId("events"), byId("hold"));
let goneSince = null;
let stopped = false;

const feed = new Feed({
  status(status) {
    if (!model.takeStatus(status, Date.now())) {
      timeline.clear();
      eventList.clear();
      feed.unfollow();
    }
    setData(document.body, "link", "live");
    draw();
  },
  event(event) {
    if (!model.takeEvent(event)) return;
    eventList.take(event);
    stopped = event.kind === "FleetStopped";
    announceEvent(event);
    drawSoon();
  },
  lastPoint() {
    return model.lastPoint();
  },
  lastEvent() {
    return model.lastSequence;
  },
  gone() {
    goneSince = model.statusAt || Date.now();
    setData(document.body, "link", "gone");
    setData(byId("state"), "state", "gone");
    setText(byId("state"), stopped ? "stopped" : "no answer");
    document.title = `no answer · ${model.status ? model.status.name : "rollport"}`;
    tellGone();
  },
  back() {
    goneSince = null;
    stopped = false;
    byId("gone").hidden = true;
    announce("The controller answers again.");
  },
});

function draw() {
  showLede(model);
  figures.show(model);
  tiles.show(model.status);
  showRolls();
}

function showRolls() {
  timeline.show(model.recentRolls(), Date.now() + model.clockOffset,
                noRollText(model.status, model.knowsHistory()));
}

// Many events may come at once; they are drawn together.
let drawing = false;
function drawSoon() {
  if (drawing || !model.status) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    showRolls();
  });
}

function tellGone() {
  const note = byId("gone");
  const known = model.status !== null;
  const strong = stopped ? "The fleet was stopped, and its controller has ended."
                         : "The controller does not answer.";
  const since = known ? `It last answered at ${formatClock(goneSince)}: what you see below is the state at that time. ` : "";
  const workers = stopped || !known ? "" : "The workers may still be serving: they do not need it for that. ";
  note.replaceChildren(el("strong", {}, strong), `${since}${workers}This page keeps asking.`);
  note.hidden = false;
}

// For screen readers: the turning points of a roll, not every step.
function announceEvent(event) {
  const old = Date.now() + model.clockOffset - Date.parse(event.at) > 5000;
  if (!old && (event.kind.startsWith("Roll") || toneOf(event) === "bad")) announce(wordsOf(event));
}

function announce(text) {
  setText(byId("announce"), text);
}

setInterval(() => {
  if (!model.status) return;
  const seconds = Math.max(0, Date.now() - model.statusAt) / 1000;
  setText(byId("freshness"), seconds < 3 ? "Live" : `As of ${formatSeconds(seconds)} ago`);
}, 1000);

// The timelines are drawn for the width that the page gives them.
new ResizeObserver(drawSoon).observe(byId("rolls"));

feed.start();
