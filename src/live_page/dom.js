
// Small helpers for the DOM and for numbers. Text from the controller only ever becomes text:
// nothing here parses HTML.
function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const byId = (id) => document.getElementById(id);

// Writes only what has changed, so that nothing flickers and no selection is lost.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setData(node, key, value) {
  if (node.dataset[key] !== String(value)) node.dataset[key] = value;
}

// Gives `parent` one child for each of `keys`, in this order, and keeps those that it has already.
function keyed(parent, known, keys, make) {
  for (const [key, item] of known) {
    if (keys.includes(key)) continue;
    item.node.remove();
    known.delete(key);
  }
  keys.forEach((key, i) => {
    if (!known.has(key)) known.set(key, make(key));
    const node = known.get(key).node;
    if (parent.children[i] !== node) parent.insertBefore(node, parent.children[i] || null);
  });
}

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const hueOf = (generation) => generation % 4;

function formatCount(value) {
  if (value < 10) return value.toFixed(value < 1 && value > 0 ? 1 : 0);
  return Math.round(value).toLocaleString("en-US").replaceAll(",", "\u202f");
}

function formatPercent(share) {
  const percent = share * 100;
  if (percent > 0 && percent < 0.05) return "< 0.1 %";
  return `${percent === 0 || percent >= 10 ? Math.round(percent) : percent.toFixed(1)} %`;
}

// Shares for people, which add up to what they are together: each is rounded down, and those with the
// largest remainders get what is left of the sum. As [text] in the order of `shares`.
function percentsOf(shares) {
  const least = Math.min(1, ...shares.filter((share) => share > 0));
  const digits = least >= 0.095 ? 0 : least >= 0.00095 ? 1 : 2;
  const exact = shares.map((share) => share * 100 * 10 ** digits);
  const parts = exact.map(Math.floor);
  let left = Math.round(exact.reduce((sum, part) => sum + part, 0)) - parts.reduce((sum, part) => sum + part, 0);
  const order = exact.map((part, i) => [part - parts[i], i]).sort(([a, i], [b, j]) => b - a || i - j);
  for (const [, i] of order) {
    if (left <= 0) break;
    parts[i] += 1;
    left -= 1;
  }
  return parts.map((part) => (part === 0 ? "0 %" : `${(part / 10 ** digits).toFixed(digits)} %`));
}

// [number, unit]
function formatLatency(seconds) {
  if (seconds === null) return ["–", ""];
  const ms = seconds * 1000;
  if (ms < 1) return [String(Math.round(ms * 1000)), "µs"];
  if (ms < 1000) return [ms < 10 ? ms.toFixed(1) : String(Math.round(ms)), "ms"];
  return [seconds.toFixed(1), "s"];
}

function formatSeconds(seconds) {
  if (seconds > 0 && seconds < 0.001) return "< 1 ms";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

function formatClock(ms, fraction = false) {
  const at = new Date(ms);
  const two = (number) => String(number).padStart(2, "0");
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return fraction ? `${clock}.${String(at.getMilliseconds()).padStart(3, "0")}` : clock;
}
