"""`homeward sms-sandbox`, driven through a pipe as a person would at the keyboard."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

HOMEWARD = str(Path(sys.executable).with_name("homeward"))


def sandbox(*arguments: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(
        [HOMEWARD, "sms-sandbox", *arguments], input=typed, env=env, capture_output=True, text=True, timeout=240, check=False
    )


def test_a_person_texts_with_the_whole_of_homeward_in_the_terminal(tmp_path: Path) -> None:
    typed = "food 95814\n/as 916-555-0142\nSTOP\n/nonsense\n"
    done = sandbox("--var", str(tmp_path / "var"), typed=typed)
    assert done.returncode == 0, done.stderr
    assert "You are +19165550142." in done.stdout
    assert "/nonsense: not understood" in done.stdout
    answer, stopped = done.stdout.split("Homeward to +19165550199 ")[1], done.stdout.split("the carrier to +19165550142 ")[1]
    assert answer.startswith("[3 segments, GSM-7]")
    assert "1 " in answer
    assert "unsubscribed" in stopped
    assert "Homeward to +19165550142" not in done.stdout, "the carrier sends nothing to who said STOP"
    assert not left_behind(tmp_path / "var")


def left_behind(var: Path) -> list[str]:
    """Processes that still run on the state folder."""
    mine, found = f"HOMEWARD_VAR={var}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mine in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text())
    return found


def test_where_real_phones_are_texted_the_sandbox_needs_a_folder_of_its_own(tmp_path: Path) -> None:
    done = sandbox(HOMEWARD_SMS_ACCOUNT_SID="AC" + "1" * 32, HOMEWARD_VAR=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--var" in done.stderr


def test_a_phone_that_is_no_phone_is_said_in_one_line(tmp_path: Path) -> None:
    done = sandbox("--var", str(tmp_path), "--phone", "12")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--phone 12" in done.stderr


def test_a_folder_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = sandbox("--var", str(tmp_path / "file" / "var"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "HOMEWARD_VAR" in done.stderr
