
// The fleet in a sentence, its state, and what is wrong.
function showLede(model) {
  const status = model.status;
  setText(byId("name"), status.name);
  setText(byId("listen"), `${status.listen.join("   ")}`);
  setData(byId("state"), "state", stateOf(status));
  setText(byId("state"), stateOf(status));
  const sentence = sentenceOf(status);
  setText(byId("sentence"), sentence);
  showProgress(status);
  showLast(status, model.recentRolls()[0]);
  const warnings = warningsOf(status).join("\n");
  setText(byId("warnings"), warnings);
  byId("warnings").hidden = warnings === "";
  document.title = `${status.roll ? `${status.roll.replaced}/${status.roll.of} ` : ""}${stateOf(status)} · ${status.name}`;
}

// As `rollport status` says it.
function stateOf(status) {
  return status.state === "steady" && status.healthy_slots < status.slots ? "degraded" : status.state;
}

function slotsOf(status) {
  return [...new Set(status.workers.map((worker) => worker.slot))].sort((a, b) => a - b);
}

// The change that is under way, in words.
function changeOf(roll) {
  switch (roll.kind) {
    case "undo":
      return `Undo ${roll.number} goes from generation ${roll.from} back to ${roll.to}`;
    case "scale":
      return `Scale ${roll.number} changes the fleet to ${plural(roll.of, "slot")}`;
    case "restart":
      return `Restart ${roll.number} replaces one worker`;
    default:
      return `Roll ${roll.number} replaces generation ${roll.from} with ${roll.to}`;
  }
}

function canaryOf(roll) {
  return roll.canary ? `, a canary at ${formatPercent(roll.canary.share)} (step ${roll.canary.step} of ${roll.canary.of})` : "";
}

function sentenceOf(status) {
  const roll = status.roll;
  const slots = status.slots;
  switch (status.state) {
    case "starting":
      return `Generation ${status.generation} is starting.`;
    case "rolling":
      return `${changeOf(roll)}: ${roll.replaced} of ${plural(roll.of, "slot")} done${canaryOf(roll)}.`;
    case "paused":
      return `Paused at ${roll.replaced} of ${plural(roll.of, "slot")}${canaryOf(roll)}. ${changeOf(roll)}.`;
    case "reverting":
      return `Reverting to generation ${roll.from}.`;
    case "stopping":
      return "The fleet is stopping: its workers finish what they hold.";
    case "steady":
      if (status.healthy_slots < status.slots) {
        return `A healthy worker serves ${status.healthy_slots} of ${plural(status.slots, "slot")}.`;
      }
      if (status.outdated_slots > 0) {
        return `Going back: ${status.outdated_slots} of ${plural(slots, "slot")} still served by another generation ` +
            `than ${status.generation}.`;
      }
      return `${slots === 1 ? "The slot serves" : slots === 2 ? "Both slots serve" : `All ${slots} slots serve`} ` +
          `generation ${status.generation}.`;
    default:
      return `The fleet is ${status.state}.`;
  }
}

// How the last roll went, if none is under way.
function showLast(status, roll) {
  const told = status.state === "steady" && roll && roll.verdict;
  byId("last").hidden = !told;
  if (!told) return;
  setText(byId("last"), `${rollName(roll)}, at ${formatClock(roll.began)}: ${roll.verdict.outcome} in ` +
          `${formatSeconds(roll.verdict.seconds)}, ${cutText(roll.verdict)}.`);
}

function warningsOf(status) {
  const warnings = [];
  if (status.steering === "hash" && status.state !== "starting" && status.state !== "stopping") {
    warnings.push("Connections are spread by the kernel's hash, and a retirement may lose some" +
                  (status.steering_reason ? `: ${status.steering_reason}` : "."));
  }
  if (status.foreign_listeners > 0) {
    warnings.push(`${plural(status.foreign_listeners, "listener")} of a foreign process ` +
                  `${status.foreign_listeners === 1 ? "takes" : "take"} connections of this port.`);
  }
  for (const stray of status.stray_listeners || []) {
    warnings.push(`${stray}, may get every connection of this port.`);
  }
  return warnings;
}

function showProgress(status) {
  const bar = byId("progress");
  const roll = status.roll;
  bar.hidden = !roll;
  if (!roll) return;
  bar.setAttribute("aria-valuemin", 0);
  bar.setAttribute("aria-valuemax", roll.of);
  bar.setAttribute("aria-valuenow", roll.replaced);
  while (bar.children.length < roll.of) bar.append(el("span"));
  while (bar.children.length > roll.of) bar.lastChild.remove();
  [...bar.children].forEach((part, slot) => setData(part, "part", partOf(status, slot)));
}

function partOf(status, slot) {
  const here = status.workers.filter((worker) => worker.slot === slot);
  const serving = here.find((worker) => worker.state === "serving");
  if (serving && serving.generation === status.roll.to) return "done";
  return here.some((worker) => worker !== serving) ? "moving" : "";
}
