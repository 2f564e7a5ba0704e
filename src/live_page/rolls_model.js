
// What is known of a roll from its events: for each worker, the spans of time that it was in each
// phase. Times are milliseconds of the controller's clock.
function newRoll(number, began) {
  return {
    number, kind: "roll", began, ended: null, from: null, to: null, verdict: null, reason: "",
    turn: "", // "rolling", "paused" or "reverting", as far as it is known
    workers: new Map(), // by pid: {slot, generation, spans: [{phase, from, to}], left}
  };
}

function takeRollEvent(roll, event) {
  const at = Date.parse(event.at);
  if (event.kind === "RollBegan") {
    roll.began = at;
    const [, kind, from, to] = /^(?:(\w+): )?generation (\d+)(?: -> (\d+))?/.exec(event.message) || [];
    roll.kind = kind || "roll";
    if (from) [roll.from, roll.to] = [Number(from), Number(to || from)];
  } else if (event.kind === "RollReverting" || event.kind === "RollPaused") {
    roll.turn = event.kind.slice(4).toLowerCase(); // until a status says that it goes on
    roll.reason = event.message || "";
  } else if (event.kind === "WorkerStateChanged") {
    enterPhase(roll, event, at);
  } else if (event.kind === "WorkerExited") {
    leavePhase(roll, event, at);
  }
  if (event.verdict) {
    roll.verdict = event.verdict;
    // What it waited for meanwhile is over.
    roll.reason = event.verdict.reason;
    roll.turn = "";
    roll.ended = at;
  }
}

function enterPhase(roll, event, at) {
  if (!roll.workers.has(event.pid)) {
    roll.workers.set(event.pid, { slot: event.slot, generation: event.generation, spans: [], left: null });
  }
  const spans = roll.workers.get(event.pid).spans;
  if (spans.length > 0) spans.at(-1).to = at;
  spans.push({ phase: event.phase, from: at, to: null });
}

function leavePhase(roll, event, at) {
  const worker = roll.workers.get(event.pid);
  if (!worker) return;
  worker.left = at;
  worker.spans.at(-1).to = at;
}

// "nothing cut", "2 connections cut"
function cutText(verdict) {
  return verdict.cut > 0 ? `${plural(verdict.cut, "connection")} cut` : "nothing cut";
}

// "Roll 3", "Undo 4"
function rollName(roll) {
  return `${roll.kind[0].toUpperCase()}${roll.kind.slice(1)} ${roll.number}`;
}

// How long the roll's workers were in each phase: [{phase, seconds}], the median of those that
// have left it.
function phaseMedians(roll) {
  const order = ["starting", "ready", "healthy", "canary", "quiescing", "draining", "killed"];
  const times = new Map(order.map((phase) => [phase, []]));
  for (const worker of roll.workers.values()) {
    for (const span of worker.spans) {
      if (span.to !== null && times.has(span.phase)) times.get(span.phase).push(span.to - span.from);
    }
  }
  return order.filter((phase) => times.get(phase).length > 0).map((phase) => {
    const sorted = times.get(phase).sort((a, b) => a - b);
    return { phase, seconds: sorted[Math.floor((sorted.length - 1) / 2)] / 1000 };
  });
}
