
// The only place that talks to the controller: asks for the status, follows the events, and notices
// if the controller does not answer. Read-only: it sends nothing but GET.
const ASK_EVERY = 1000;
const ASK_SOON = 120; // after an event
const ASK_AGAIN = 600; // after the first failure
const ASK_GONE = 2000; // after more failures
const PATIENCE = 4000;

class Feed {
  // handlers: status(status), event(event), gone(), back(), and the numbers of the last event and of the
  // last point of the plots that are known, lastEvent() and lastPoint().
  constructor(handlers) {
    this.handlers = handlers;
    this.failures = 0;
    this.timer = null;
    // A hidden page holds no connection.
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
      const answer = await fetch(`/api/status?after=${this.handlers.lastPoint()}`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const status = await answer.json();
      this.answered(status);
    } catch {
      this.failed();
    }
    this.asking = false;
    this.askIn(this.failures === 0 ? ASK_EVERY : this.failures === 1 ? ASK_AGAIN : ASK_GONE);
  }

  // Asks after this time, or sooner if that is planned already.
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
    // It reconnects by itself unless it was refused; then the next answer begins a new one.
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
