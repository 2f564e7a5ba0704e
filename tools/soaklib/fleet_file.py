"""Writes the fleet files that the tools use."""

import json


def fleet_file(name, listen, workers, state_dir, command, admin="", **tables):
    """The text of a fleet file; `tables` are those besides [worker], such as roll={"surge": 2}."""
    head = {"name": name, "listen": listen, "workers": workers, "admin": admin,
            "state_dir": state_dir}
    lines = _pairs(head) + _table("worker", {"command": command})
    for table, pairs in tables.items():
        lines += _table(table, pairs)
    return "\n".join(lines) + "\n"


def _table(name, pairs):
    return ["", f"[{name}]"] + _pairs(pairs)


def _pairs(pairs):
    # A string, a number and a list of them are written in TOML as in JSON.
    return [f"{key} = {json.dumps(value)}" for key, value in pairs.items()]
