
// The only place that talks to the controller: asks for the status, follows the events, and knows
// whether anybody answers. Read-only: GET, and nothing but GET.
const ASK_EVERY = 1000;
const ASK_SOON = 120; // after an event
const ASK_AGAIN = 600; // after the first failure
const ASK_GONE = 2000; // while nobody answers
const PATIENCE = 4000;

class Feed {
  // handlers: status(status), event(event), gone(), back(), and lastEvent(), the number of the last
  // event that is known.
  constructor(handlers) {
    this.handlers = handlers;
    this.failures = 0;
    this.timer = null;
    // A page that nobody sees holds no connection.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.unfollow();
      else this.askIn(0);
    });
  }

  start() {
    this.ask();
  }

  async ask() {
    this.timer = null;
    this.asking = true;
    try {
      const answer = await fetch("/api/status", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const status = await answer.json();
      this.answered(status);
    } catch {
      this.failed();
    }
    this.asking = false;
    this.askIn(this.failures === 0 ? ASK_EVERY : this.failures === 1 ? ASK_AGAIN : ASK_GONE);
  }

  // The nearer of this and what is planned.
  askIn(milliseconds) {
    const at = performance.now() + milliseconds;
    if (this.asking || (this.timer !== null && this.askAt <= at)) return;
    if (document.hidden && this.failures === 0 && milliseconds > 0) return;
    clearTimeout(this.timer);
    this.askAt = at;
    this.timer = setTimeout(() => this.ask(), milliseconds);
  }

  answered(status) {
    if (this.failures > 1) this.handlers.back();
    this.failures = 0;
    this.handlers.status(status);
    if (!this.source && !document.hidden) this.follow();
  }

  failed() {
    this.failures += 1;
    if (this.failures !== 2) return;
    this.unfollow();
    this.handlers.gone();
  }

  follow() {
    this.source = new EventSource(`/events?after=${this.handlers.lastEvent()}`);
    this.source.onmessage = (message) => {
      this.handlers.event(JSON.parse(message.data));
      this.askIn(ASK_SOON);
    };
    // It comes back by itself, or was refused: then the next answer, not sooner, begins it anew.
    this.source.onerror = () => {
      if (this.source.readyState === EventSource.CLOSED) this.source = null;
      else this.askIn(0);
    };
  }

  unfollow() {
    if (this.source) this.source.close();
    this.source = null;
  }
}
