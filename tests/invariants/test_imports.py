"""What import-linter cannot tell: what really gets loaded. (Who may import whom is in pyproject.toml.)"""

from __future__ import annotations

import subprocess
import sys

import pytest


def _loaded_by(module: str) -> set[str]:
    """Top-level names of all modules that importing this one loads in a fresh interpreter."""
    script = (
        "import sys; before = set(sys.modules); "
        f"import {module}; print(*{{name.partition('.')[0] for name in set(sys.modules) - before}})"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_screening_for_a_crisis_needs_the_standard_library_and_a_yaml_reader() -> None:
    loaded = {name for name in _loaded_by("bot.safety.screen") if "cython" not in name}  # of PyYAML's fast reader
    assert loaded - sys.stdlib_module_names <= {"bot", "yaml", "_yaml"}


@pytest.mark.parametrize("module", ["actions.server", "bot.gateway.app", "resources_db.worker", "bot.supervisor"])
def test_only_rasas_own_process_loads_rasa(module: str) -> None:
    assert not {"rasa", "tensorflow"} & _loaded_by(module)


def test_the_command_loads_nothing_heavy_before_it_knows_what_to_do() -> None:
    assert not {"aiohttp", "numpy", "rasa", "sklearn", "spacy"} & _loaded_by("bot.cli")
