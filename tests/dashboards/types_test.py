"""Compares the dashboards with Grafana's own types, by the TypeScript compiler.

usage: types_test.py FOLDER, in which tools/install-deps has installed types/package.json
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)

import names  # noqa: E402  (after the path)

SKIPPED = 77  # SKIP_RETURN_CODE in CMakeLists.txt
PACKAGES = ""


def complaints(boards):
    """What the compiler says about {name: JSON text}; empty if it finds nothing."""
    with tempfile.TemporaryDirectory(prefix="rollport-types-") as folder:
        for name in ("dashboard.ts", "tsconfig.json"):
            shutil.copy(os.path.join(HERE, "types", name), folder)
        os.symlink(os.path.join(PACKAGES, "node_modules"), os.path.join(folder, "node_modules"))
        for name, text in boards.items():
            with open(os.path.join(folder, name + ".ts"), "w", encoding="utf-8") as file:
                file.write('import type { Dashboard } from "./dashboard";\n'
                           f"export const board: Dashboard = {text.rstrip()};\n")
        done = subprocess.run(["node", os.path.join(folder, "node_modules", "typescript", "bin", "tsc"), "-p", folder],
                              capture_output=True, text=True, timeout=100, check=False)
        return done.stdout + done.stderr


def shipped():
    return {name: names.read(os.path.join(names.ROOT, "dashboards", name + ".json")) for name in names.DASHBOARDS}


class TypesTest(unittest.TestCase):
    def test_the_dashboards_are_what_grafanas_schema_asks_for(self):
        self.assertEqual(complaints(shipped()), "")

    def test_what_the_schema_does_not_know_is_noticed(self):
        boards = shipped()
        text = boards["rollport-fleet"]
        for right, wrong in (('"icon": "dashboard"', '"icon_": "dashboard"'), ('"mode": "absolute"', '"mode": "relative"'),
                             ('"refresh": 2', '"refresh": 9'), ('"lineWidth": 2', '"width": 2'),
                             ('"legendFormat": ""', '"legend": ""')):
            self.assertIn(right, text)
            text = text.replace(right, wrong, 1)
        found = complaints({"rollport-fleet": text})
        self.assertEqual(len(re.findall(r"error TS", found)), 5, found)


if __name__ == "__main__":
    PACKAGES = sys.argv.pop()
    if not os.path.exists(os.path.join(PACKAGES, "installed-lock.json")):
        print(f"SKIPPED: there is nothing in {PACKAGES}; tools/install-deps installs it", file=sys.stderr)
        sys.exit(SKIPPED)
    unittest.main()
