"""Training Rasa's model when, and only when, something it is made of has changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.processes import dying_with_us
from bot.project import MODEL, ROOT

_FINGERPRINT = MODEL.with_suffix(".inputs")
#: Everything the model depends on. The crisis lexicon and the lay words are read when the model is loaded, but a
#: changed word list changes what the model should leave to it, so they count too.
_INPUTS = ("config.yml", "domain.yml", "data", "bot/understanding", "bot/nlu", "bot/safety", "resources_db/taxonomy", "uv.lock")


def is_current() -> bool:
    """Whether the trained model fits what is on disk."""
    return MODEL.exists() and _FINGERPRINT.exists() and _FINGERPRINT.read_text(encoding="utf-8") == fingerprint()


def fingerprint() -> str:
    """A digest of all inputs."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def train() -> int:
    """Run `rasa train`; its output goes to ours. Returns its exit code."""
    command = [
        sys.executable, "-W", "ignore", "-m", "rasa", "train", "--config", "config.yml", "--domain", "domain.yml",
        "--data", "data", "--out", str(MODEL.parent), "--fixed-model-name", MODEL.name.removesuffix(".tar.gz"), "--force",
    ]  # fmt: skip
    inputs = fingerprint()
    env = {**os.environ, "RASA_TELEMETRY_ENABLED": "false"}
    done = subprocess.run(command, cwd=ROOT, env=env, check=False, preexec_fn=dying_with_us())
    if done.returncode == 0:
        _FINGERPRINT.write_text(inputs, encoding="utf-8")
    return done.returncode


def _files() -> Iterator[Path]:
    for name in _INPUTS:
        path = ROOT / name
        if path.is_file():
            yield path
        else:
            yield from sorted(p for p in path.rglob("*") if p.suffix in (".py", ".yml", ".tsv"))


def main() -> None:
    """`python -m bot.training [--if-needed]`."""
    if "--if-needed" in sys.argv and is_current():
        return
    sys.exit(train())


if __name__ == "__main__":
    main()
