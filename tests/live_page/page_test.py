"""The live page in a headless Chromium, during real rolls of a real fleet.

usage: page_test.py FOLDER-OF-EXECUTABLES FOLDER-FOR-PICTURES
"""

import os
import sys
import time
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "support")]

from browser import Browser  # noqa: E402  (after the path)
from watched_fleet import WatchedFleet, end_processes  # noqa: E402

EXECUTABLES, PICTURES = "", ""
TAB, ENTER, SPACE = "\ue004", "\ue007", " "
SLOTS = 4

# Records every state that the page passes through, however briefly.
RECORD = """
window.passed = {progress: [], phases: [], generations: [], moving: []};
new MutationObserver(() => {
  const note = (list, value) => { if (value !== null && list.at(-1) !== value) list.push(value); };
  const bar = document.getElementById("progress");
  note(window.passed.progress, bar.hidden ? null : Number(bar.getAttribute("aria-valuenow")));
  note(window.passed.phases, [...new Set([...document.querySelectorAll(".worker")].map(w => w.dataset.state))].sort().join());
  note(window.passed.moving, [...document.querySelectorAll('.tile[data-moving="true"]')].map(t => t.dataset.slot).join());
}).observe(document.body, {subtree: true, childList: true, attributes: true});
"""
# The texts that have too little contrast with what is behind them: WCAG 2.2, 1.4.3.
CONTRAST = """
const parse = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const over = (top, below) => { const a = top.length > 3 ? top[3] : 1; return below.map((c, i) => top[i] * a + c * (1 - a)); };
const rgba = (value) => {
  const canvas = document.createElement("canvas"); canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d"); context.fillStyle = value; context.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
};
const hardToRead = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, parent = node.parentElement;
  if (!node.data.trim() || ["SCRIPT", "STYLE", "TITLE", "NOSCRIPT", "title"].includes(parent.tagName) || !parent.checkVisibility()) continue;
  const layers = [];
  for (let e = parent; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
  const below = layers.reverse().reduce((ground, layer) => over(layer, ground), [255, 255, 255]);
  const style = getComputedStyle(parent);
  const text = over(rgba(parent instanceof SVGElement ? style.fill : style.color), below);
  const [high, low] = [luminance(text), luminance(below)].sort((a, b) => b - a);
  const ratio = (high + 0.05) / (low + 0.05);
  if (ratio < 4.5) hardToRead.push(`${node.data.trim()}: ${ratio.toFixed(2)}`);
}
return [...new Set(hardToRead)];
"""


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fleet = WatchedFleet(EXECUTABLES, SLOTS)
        cls.addClassCleanup(cls.fleet.close)
        cls.fleet.start()
        cls.fleet.begin_load("--rate", "200", "--keep-alive", "8", "--connection-per-request", "2")
        cls.browser = cls.enterClassContext(Browser())

    def setUp(self):
        self.browser.look(1280, 900, "light")
        self.browser.open(self.fleet.url())
        self.browser.wait(f"document.querySelectorAll('.tile').length === {SLOTS} && document.querySelector('#events li')")

    def tearDown(self):
        self.assertEqual(self.browser.messages(), [])

    def texts(self, selector):
        return self.browser.run("return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)", selector)

    def roll(self, *words):
        return self.fleet.call("roll", *words)

    def test_each_slot_is_a_tile_with_what_the_status_says(self):
        generation = self.fleet.status()["generation"]
        for slot, text in enumerate(self.texts(".tile")):
            for part in (f"Slot {slot}", f"gen {generation}", "serving", "25 %", "queue", "open"):
                self.assertIn(part, text)
        self.assertEqual(self.texts("#sentence"), [f"All {SLOTS} slots serve generation {generation}."])
        self.assertEqual(self.texts("#name"), ["site"])
        self.assertIn(self.fleet.addresses[0], self.texts("#listen")[0])

    def test_a_roll_is_seen_moving_through_the_tiles(self):
        self.browser.run(RECORD)
        code, verdict, error = self.roll()
        self.assertEqual(code, 0, error)
        generation = verdict["generation"]
        self.browser.wait(f"document.querySelectorAll('.worker[data-generation=\"{generation}\"][data-state=\"serving\"]').length"
                          f" === {SLOTS} && document.querySelectorAll('.worker').length === {SLOTS}")
        self.browser.wait("document.getElementById('progress').hidden")
        passed = self.browser.value("window.passed")
        self.assertEqual(passed["progress"], sorted(passed["progress"]), "it goes forward only")
        self.assertGreaterEqual(len(passed["progress"]), SLOTS - 1)
        self.assertTrue(any("ready,serving" in phases for phases in passed["phases"]), passed["phases"])
        moving = [int(slots) for slots in passed["moving"] if slots.isdigit()]
        self.assertEqual(moving, sorted(moving), "slot after slot")
        self.assertGreaterEqual(len(set(moving)), SLOTS - 1)

    def test_the_timeline_shows_the_last_rolls_with_their_phases(self):
        self.assertEqual(self.roll()[0], 0)
        self.browser.wait("document.querySelector('.roll')?.dataset.outcome === 'rolled'")
        newest = self.texts(".roll")[0]
        self.assertIn("nothing cut", newest)
        for phase in ("starting", "ready", "quiescing", "draining"):
            self.assertRegex(newest, phase + r"\s+[<\d]")
            bars = self.browser.run("return document.querySelectorAll('.roll[open] rect[data-phase=' + arguments[0] + ']').length", phase)
            self.assertEqual(bars, SLOTS, phase)
        # A page that is opened later shows it too.
        self.browser.open(self.fleet.url())
        self.browser.wait("document.querySelector('.roll')?.dataset.outcome === 'rolled'")

    def test_a_roll_that_was_paused_does_not_say_so_when_it_goes_on_or_is_over(self):
        self.assertEqual(self.roll("--detach")[0], 0)
        self.assertEqual(self.fleet.call("pause")[0], 0)
        self.browser.wait("document.querySelector('.roll .why')?.innerText.includes('asked to pause')")
        self.browser.wait("document.querySelector('.roll .outcome').innerText === 'paused'")
        self.assertEqual(self.fleet.call("resume")[0], 0)
        self.browser.wait("document.querySelector('.roll .outcome').innerText === 'under way'")
        self.browser.wait("document.querySelector('.roll .why').hidden")
        self.browser.wait("document.querySelector('.roll')?.dataset.outcome === 'rolled'")
        self.assertNotIn("asked to pause", self.texts(".roll")[0])
        # A page that is opened later has the events only, and among them none that says that it went on.
        self.browser.open(self.fleet.url())
        self.browser.wait("document.querySelector('.roll')?.dataset.outcome === 'rolled'")
        self.assertNotIn("asked to pause", self.texts(".roll")[0])

    def test_it_does_not_say_that_there_was_no_roll_before_it_knows(self):
        self.assertEqual(self.roll()[0], 0)
        self.browser.at_each_start("""
            window.said = [];
            new MutationObserver(() => {
              const rolls = document.getElementById("rolls");
              if (rolls && window.said.at(-1) !== rolls.textContent) window.said.push(rolls.textContent);
            }).observe(document, {subtree: true, childList: true, characterData: true});""")
        self.browser.open(self.fleet.url())
        self.browser.wait("document.querySelector('.roll')")
        said = self.browser.value("window.said")
        self.assertIn("Asking the controller …", said)
        self.assertNotIn("No roll yet.", " ".join(said))
        for last_roll, known, text in ((0, "false", "No roll yet."), (7, "false", "Asking the controller …"),
                                       (7, "true", "Roll 7 was the last one, before the events that are kept.")):
            self.assertEqual(self.browser.value(f"noRollText({{last_roll: {last_roll}}}, {known})"), text)

    def test_shares_add_up(self):
        for shares, texts in (([1 / 3] * 3, ["34 %", "33 %", "33 %"]), ([0.5, 0.5, 0], ["50 %", "50 %", "0 %"]),
                              ([0.29, 0.71], ["29 %", "71 %"]), ([0.05, 0.95], ["5.0 %", "95.0 %"]),
                              ([1], ["100 %"]), ([], [])):
            self.assertEqual(self.browser.run("return percentsOf(arguments[0])", shares), texts)
        for slots in (6, 7, 11, 12, 13, 64, 1000):
            texts = self.browser.run("return percentsOf(arguments[0])", [1 / slots] * slots)
            self.assertAlmostEqual(sum(float(text[:-2]) for text in texts), 100, 6, slots)
        self.show_many(6)
        shown = [float(text.split()[0]) for text in self.texts(".facts div:first-child dd")]
        self.assertEqual(sum(shown), 100, shown)

    def show_many(self, slots, script=""):
        """Shows a fleet of this many slots in the place of the real one, until the next status comes."""
        self.browser.run("""
            const {status_text, trouble, ...worker} = model.status.workers[0];
            const workers = [...Array(arguments[0]).keys()].map((slot) => (
                {...worker, slot, pid: 100000 + slot, share: 1 / arguments[0]}));
            const status = {...model.status, workers, slots: workers.length, healthy_slots: workers.length};
            """ + script + """
            feed.ask = () => {};
            clearTimeout(feed.timer);
            model.takeStatus(status, Date.now());
            draw();""", slots)

    def test_with_many_slots_the_rolls_stand_above_them(self):
        above = "Boolean(document.getElementById('rolls').compareDocumentPosition(document.getElementById('slots')) & 4)"
        self.assertFalse(self.browser.value(above))
        self.show_many(64)
        self.assertTrue(self.browser.value(above))
        self.assertEqual(len(self.texts(".tile")), 64)
        for width, height in ((390, 844), (1280, 900)):
            for scheme in ("light", "dark"):
                self.browser.look(width, height, scheme)
                self.assertLessEqual(self.browser.value("document.documentElement.scrollWidth"), width)
                self.assertEqual(self.settled(CONTRAST), [], f"{width} wide, {scheme}")
                self.browser.picture(os.path.join(PICTURES, f"page-64-slots-{width}-{scheme}.png"))
        self.show_many(4)
        self.assertFalse(self.browser.value(above))

    def test_a_worker_says_how_it_is(self):
        self.show_many(2, """
            workers[0].status_text = "warming <b>up</b>";
            workers[1].trouble = "HTTP 500 to GET /";""")
        self.assertIn("warming <b>up</b>", self.texts(".tile")[0])
        self.assertIn("HTTP 500 to GET /", self.texts(".tile")[1])
        self.show_many(2)
        self.assertNotIn("warming", self.texts(".tile")[0])

    def test_a_fleet_that_lacks_a_worker_is_degraded(self):
        self.show_many(3, "status.healthy_slots = 2;")
        self.assertEqual(self.texts("#state"), ["degraded"])
        self.assertEqual(self.texts("#sentence"), ["A healthy worker serves 2 of 3 slots."])

    def test_a_fleet_that_goes_back_without_a_roll_says_so(self):
        self.show_many(3, "status.generation = 1; status.outdated_slots = 2;")
        self.assertEqual(self.texts("#sentence"),
                         ["Going back: 2 of 3 slots still served by another generation than 1."])

    def test_a_failed_roll_is_shown_as_text_even_if_it_contains_html(self):
        trap = "<img src=x onerror=document.title=1>"
        code, verdict, _ = self.roll("--", *self.fleet.command("--fault", "exit-at-start", trap))
        self.assertEqual((code, verdict["outcome"]), (1, "reverted"))
        self.browser.wait("document.querySelector('.roll')?.dataset.outcome === 'reverted'")
        self.assertIn(verdict["reason"], self.texts(".roll .why")[0])
        self.browser.wait("document.querySelector('#events').innerText.includes('<img src=x')")
        self.assertEqual(self.browser.value("document.images.length"), 0)
        self.assertTrue(self.browser.value("document.querySelector('#events li[data-tone=warn]') !== null"))

    def test_a_canary_waits_where_it_can_be_seen(self):
        self.assertEqual(self.roll("--canary", "10%", "--detach")[0], 0)
        self.browser.wait("document.querySelector('.worker[data-state=canary]')?.innerText.includes('10 %')")
        self.browser.wait("document.getElementById('state').innerText === 'paused'")
        self.assertRegex(self.texts("#sentence")[0], r"^Paused at 0 of 4 slots, a canary at 10 % \(step 1 of 1\)\.")
        self.assertEqual(self.fleet.call("abort")[0], 0)
        self.browser.wait("document.querySelector('.roll')?.dataset.outcome === 'aborted'")

    def test_each_change_has_its_own_name(self):
        self.assertEqual(self.roll()[0], 0)
        for words, title in ((("restart", "1"), "Restart"), (("undo",), "Undo"), (("scale", "5"), "Scale"),
                             (("scale", str(SLOTS)), "Scale")):
            code, verdict, error = self.fleet.call(*words)
            self.assertEqual(code, 0, f"{words}: {verdict} {error}")
            self.browser.wait(f"document.querySelector('.roll')?.innerText.startsWith('{title} ')")
            self.browser.wait("document.querySelector('.roll').dataset.outcome === 'rolled'")
        self.browser.wait(f"document.querySelectorAll('.tile').length === {SLOTS}")

    def test_a_killed_worker_is_shown_and_replaced(self):
        victim = self.fleet.kill_worker()
        self.browser.wait(f"document.querySelector('#events').innerText.includes('slot {victim['slot']}, generation "
                          f"{victim['generation']}: killed by')")
        self.fleet.await_steady(20)
        self.browser.wait(f"document.querySelectorAll('.worker[data-state=serving]').length === {SLOTS}")
        # And the page no longer says that nothing was lost.
        self.browser.wait("/Workers that died\\s+[1-9]/.test(document.querySelector('.card').innerText)")
        self.assertNotIn("Nothing", self.texts(".card")[0])

    def test_the_figures_show_requests_and_latency(self):
        self.browser.wait(r"/^[1-9][0-9]*\s+0 %\s*errors$/.test(document.querySelectorAll('.card .number')[1].innerText.trim())")
        self.browser.wait("/[0-9.]+(ms|µs) p50\\s+[0-9.]+(ms|µs) p99/.test(document.querySelectorAll('.card .number')[2].innerText)")
        # With two points there is a line.
        self.browser.wait("document.querySelectorAll('.card .line')[0].getAttribute('d').includes('L')")
        rate = float(self.texts(".card .number")[1].split()[0])
        self.assertTrue(60 < rate < 600, rate)

    def test_the_plots_begin_with_what_was_before_the_visit(self):
        self.browser.wait("model.points.length > 5")
        self.browser.open(self.fleet.url())
        self.browser.wait("typeof model !== 'undefined' && model.status")
        self.assertLess(self.browser.value("model.points[0].at - performance.timeOrigin"), -3000)
        self.assertIn("L", self.browser.value("document.querySelectorAll('.card .line')[0].getAttribute('d')"))

    def test_errors_are_shown_with_the_requests(self):
        self.show_many(2, """
            const number = model.lastPoint() + 1;
            status.points = [{number, at: new Date(model.points.at(-1).at + 1000).toISOString(), seconds: 1,
                              requests: 1e6, errors: 2e4, p50: 0.001, p99: 0.002}];""")
        self.assertRegex(self.texts(".card .number")[1], r"2\.0 %\s*errors")
        self.assertIn("L", self.browser.value("document.querySelector('.plot .line-bad').getAttribute('d')"))

    def test_what_the_kernel_dropped_is_told_apart(self):
        self.show_many(2, "status.listener_drops = 0; status.totals = {...status.totals, host_drops: 71};")
        lost, serving = self.texts(".card")[0], self.texts(".card")[3]
        self.assertRegex(lost, r"Dropped at its listeners\s+0")
        self.assertNotIn("71", lost)
        self.assertRegex(serving, r"Dropped on the whole host\s+71")
        self.show_many(2, "status.listener_drops = 3;")
        self.assertRegex(self.texts(".card")[0], r"Dropped at its listeners\s+3")
        self.assertIn("Unknown", self.texts(".card")[0])

    def test_it_claims_nothing_about_servers_that_do_not_count(self):
        shown = self.browser.run("""
            const workers = model.status.workers.map((worker) => ({...worker, connections: null, counts: false}));
            model.deaths = 0;
            model.takeStatus({...model.status, workers}, Date.now());
            draw();
            return [...document.querySelectorAll(".card")].map((card) => card.innerText);""")
        self.assertIn("Nothing seen", shown[0])
        for card in shown[1], shown[3]:
            self.assertRegex(card, r"\n–")

    def test_it_works_by_keyboard(self):
        self.assertEqual(self.roll()[0], 0)
        self.browser.wait("document.querySelector('.roll')?.dataset.outcome === 'rolled'")
        reached = []
        for _ in range(4 + len(self.texts(".roll summary"))):
            self.browser.press(TAB)
            where = self.browser.value("(e => e === document.body ? '' : e.id || e.className || e.tagName)(document.activeElement)")
            if not where:
                break
            reached.append(where)
            self.assertNotEqual(self.browser.value("getComputedStyle(document.activeElement).outlineStyle"), "none", where)
            if where == "SUMMARY" and reached.count("SUMMARY") == 1:
                self.assertTrue(self.browser.value("document.activeElement.parentElement.open"))
                self.browser.press(ENTER)
                self.assertFalse(self.browser.value("document.activeElement.parentElement.open"))
            if where == "hold":
                self.browser.press(SPACE)
                self.assertEqual(self.browser.value("document.activeElement.getAttribute('aria-pressed')"), "true")
        # In the order in which they are read.
        self.assertEqual(reached[0], "skip")
        self.assertEqual(reached[-2:], ["hold", "events"])
        self.assertEqual(set(reached[1:-2]), {"SUMMARY"})

    def test_a_held_list_does_not_move(self):
        self.browser.run("document.getElementById('hold').click()")
        before = self.texts("#events li")
        self.assertEqual(self.roll()[0], 0)
        self.browser.wait("/[1-9][0-9]* new/.test(document.getElementById('hold').innerText)")
        self.assertEqual(self.texts("#events li"), before)
        self.browser.run("document.getElementById('hold').click()")
        self.browser.wait("document.querySelector('#events').innerText.includes('ended: rolled')")
        self.assertGreater(len(self.texts("#events li")), len(before))

    def test_it_fits_every_screen_and_can_be_read_in_dark_and_light(self):
        self.assertEqual(self.roll()[0], 0)
        for width, height in ((320, 640), (390, 844), (820, 1180), (1280, 900), (2200, 1200)):
            for scheme in ("light", "dark"):
                self.browser.look(width, height, scheme)
                self.browser.wait("matchMedia('(prefers-color-scheme: %s)').matches" % scheme)
                self.assertLessEqual(self.browser.value("document.documentElement.scrollWidth"), width)
                self.assertEqual(self.settled(CONTRAST), [], f"{width} wide, {scheme}")
                self.browser.picture(os.path.join(PICTURES, f"page-{width}-{scheme}.png"))

    def settled(self, script):
        """The value of the script once no colour changes any more."""
        self.browser.wait("document.getAnimations().every(a => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)")
        return self.browser.run(script)

    def test_it_asks_only_the_controller_and_keeps_nothing(self):
        names = self.browser.value("performance.getEntriesByType('resource').map(e => e.name)")
        self.assertTrue(names)
        for name in names:
            self.assertTrue(name.startswith(self.fleet.url("/")) or name.startswith("data:"), name)
        self.assertEqual(self.browser.value("document.cookie + Object.keys(localStorage).join()"), "")
        # The policy is in force: a script that is not part of the page does not run.
        self.browser.run("const s = document.createElement('script'); s.textContent = 'window.ran = true'; document.head.append(s);")
        self.assertIsNone(self.browser.value("window.ran"))
        self.assertIn("Content Security Policy", " ".join(self.browser.messages()))


class GoneTest(unittest.TestCase):
    def setUp(self):
        self.fleet = WatchedFleet(EXECUTABLES, 2, "200ms")
        self.addCleanup(self.fleet.close)
        self.fleet.start()
        self.browser = self.enterContext(Browser())
        self.browser.open(self.fleet.url())
        self.browser.wait("document.body.dataset.link === 'live' && document.querySelector('#events li')")

    def test_it_says_that_the_controller_is_gone_and_sees_it_come_back(self):
        workers = self.fleet.kill_controller()
        try:
            note = self.browser.wait("!document.getElementById('gone').hidden && document.getElementById('gone').innerText")
            self.assertIn("The controller does not answer.", note)
            self.assertIn("workers may still be serving", note)
            self.assertEqual(self.browser.value("document.getElementById('state').innerText"), "no answer")
            self.browser.picture(os.path.join(PICTURES, "page-gone.png"))
        finally:
            end_processes(workers)
        self.fleet.start()
        self.browser.wait("document.body.dataset.link === 'live' && document.getElementById('gone').hidden")
        # What is shown is of the new controller: its events begin again.
        self.browser.wait("document.querySelector('#events li:last-child').dataset.kind === 'AdminOpened'")
        pids = sorted(worker["pid"] for worker in self.fleet.status()["workers"])
        self.browser.wait(f"[...document.querySelectorAll('.worker')].map(w => Number(w.title.slice(4))).sort((a, b) => a - b).join() === '{','.join(map(str, pids))}'")
        for pid in workers:
            self.assertNotIn(f"pid {pid}", self.browser.value("document.getElementById('slots').innerHTML"))

    def test_it_knows_a_fleet_that_was_stopped(self):
        self.assertEqual(self.fleet.stop(), [])
        note = self.browser.wait("!document.getElementById('gone').hidden && document.getElementById('gone').innerText")
        self.assertIn("The fleet was stopped", note)


if __name__ == "__main__":
    PICTURES = sys.argv.pop()
    EXECUTABLES = sys.argv.pop()
    os.makedirs(PICTURES, exist_ok=True)
    unittest.main()
