"""Training Rasa's model when, and only when, something it is made of has changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.processes import dying_with_us
from bot.project import MODEL, ROOT

_FINGERPRINT, _LEARNED = MODEL.with_suffix(".inputs"), MODEL.with_suffix(".learned")
#: Everything the model depends on. The crisis lexicon and the lay words are read when the model is loaded, but a
#: changed word list changes what the model should leave to it, so they count too.
_INPUTS = ("config.yml", "domain.yml", "data", "bot/understanding", "bot/nlu", "bot/safety", "resources_db/taxonomy", "uv.lock")
#: What is learned from; the rest of the inputs (words, rules) is put into the model without learning anew.
_LESSONS = ("config.yml", "data/nlu", "bot/understanding", "bot/nlu", "bot/safety", "resources_db/taxonomy", "uv.lock")


def is_current() -> bool:
    """Whether the trained model fits what is on disk."""
    return MODEL.exists() and _FINGERPRINT.exists() and _FINGERPRINT.read_text(encoding="utf-8") == fingerprint()


def fingerprint(inputs: Sequence[str] = _INPUTS) -> str:
    """A digest of all inputs."""
    digest = hashlib.sha256()
    for path in _files(inputs):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def train() -> int:
    """Run `rasa train`; its output goes to ours. Returns its exit code.

    Rasa keeps what its components learned, but does not see a change in the modules that they import: only when none
    of those changed may it take what it kept, and a changed sentence costs seconds instead of minutes.
    """
    command = [
        sys.executable, "-W", "ignore", "-m", "rasa", "train", "--config", "config.yml", "--domain", "domain.yml",
        "--data", "data", "--out", str(MODEL.parent), "--fixed-model-name", MODEL.name.removesuffix(".tar.gz"),
    ]  # fmt: skip
    inputs, lessons = fingerprint(), fingerprint(_LESSONS)
    if not (MODEL.exists() and _LEARNED.exists() and _LEARNED.read_text(encoding="utf-8") == lessons):
        command.append("--force")
    env = {**os.environ, "RASA_TELEMETRY_ENABLED": "false"}
    done = subprocess.run(command, cwd=ROOT, env=env, check=False, preexec_fn=dying_with_us())
    if done.returncode == 0:
        _FINGERPRINT.write_text(inputs, encoding="utf-8")
        _LEARNED.write_text(lessons, encoding="utf-8")
    return done.returncode


def _files(inputs: Sequence[str]) -> Iterator[Path]:
    for name in inputs:
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
