"""What can go wrong in the directory. Raised deep, turned into words or a status code only at the edge."""

from __future__ import annotations


class ResourcesError(Exception):
    """The root of every error this package raises on purpose. Its text is fit to be shown to an operator."""


class SettingsError(ResourcesError):
    """The environment does not describe a working installation.

    ``problems`` holds every one of them, a sentence each, so that one run is enough to mend them all.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class DatabaseUnusable(ResourcesError):
    """The database cannot be opened or read. The text says which one and what to do about it."""


class ImportUnreadable(ResourcesError):
    """Nothing in the given path can be read as a directory: what is wrong, and what to do."""

    def __init__(self, problem: str, fix: str) -> None:
        self.problem = problem
        self.fix = fix
        super().__init__(f"{problem}; {fix}")


class ExportRefused(ResourcesError):
    """The directory cannot be written to the given path: what is in the way, and what to do."""

    def __init__(self, problem: str, fix: str) -> None:
        self.problem = problem
        self.fix = fix
        super().__init__(f"{problem}; {fix}")
