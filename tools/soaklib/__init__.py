"""The parts of tools/soak: see there."""
