"""`homeward import` of a generated directory: rows a second and the most memory it ever held."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from benchmarks.directory.country import COLUMNS, batches
from benchmarks.directory.measure import table, verdict

_NOT_IN_A_PACKAGE = {"service_need"}  # worked out by whoever imports it
_TWICE_UP_TO = 100_000
_GROWTH = 1.5


def import_speed(sizes: list[int], work: Path) -> None:
    rows, memory = [], []
    for size in sizes:
        folder, var = work / f"package_{size}", work / f"import_{size}"
        count = write_package(folder, size)
        # A second time takes as long again: the smaller ones show what there is to see.
        runs = ("first time", "again, unchanged") if size <= _TWICE_UP_TO else ("first time",)
        for run in runs:
            wall, cpu, peak = _import(folder, var)
            if run == runs[0]:
                memory.append(peak)
            rates = f"{count / wall:,.0f}", f"{count / cpu:,.0f}"
            rows.append([f"{size:,}, {run}", f"{count:,}", f"{wall:,.0f}", *rates, f"{peak:,.0f}"])
            print(f"   imported {size:,}, {run}: {wall:,.0f} s, {peak:,.0f} MB", flush=True)
        shutil.rmtree(var)
        shutil.rmtree(folder)
    table(["homeward import into SQLite", "rows", "seconds", "rows/s", "rows/CPU s", "peak MB"], rows)
    if len(sizes) > 1:
        print(f"   peak memory {sizes[-1]:,} : {sizes[0]:,} = {verdict(memory[-1] / memory[0], _GROWTH)}\n")


def write_package(folder: Path, size: int) -> int:
    """The directory as a tabular data package, a file for each table; the number of rows. Never more than a batch in memory."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = 0
    with ExitStack() as files:
        writers = {}
        for name in COLUMNS.keys() - _NOT_IN_A_PACKAGE:
            file = files.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            writers[name] = csv.writer(file)
            writers[name].writerow(COLUMNS[name])
        for batch in batches(size):
            for name in batch.keys() & writers.keys():
                writers[name].writerows(batch[name])
                rows += len(batch[name])
    return rows


def _import(folder: Path, var: Path) -> tuple[float, float, float]:
    """Seconds on the wall, seconds of processor time, and megabytes at the peak, of the whole command."""
    command = [str(Path(sys.executable).with_name("homeward")), "import", str(folder), "--source", "benchmark"]
    log = var.with_suffix(".log")
    began = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(command, env=os.environ | {"HOMEWARD_VAR": str(var)}, stdout=output, stderr=output)
        peak, ended = 0.0, 0
        while not ended:
            time.sleep(0.1)
            peak = max(peak, _peak_so_far(process.pid))
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"homeward import ended with {process.returncode}: {log.read_text()[-2000:]}")
    return wall, used.ru_utime + used.ru_stime, peak


def _peak_so_far(pid: int) -> float:
    """Megabytes. From Linux's own books: what wait4 says includes our own size at the moment of the fork."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
