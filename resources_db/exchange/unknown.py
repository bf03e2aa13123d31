"""How a data package says that something it must give is not known."""

from __future__ import annotations

NOT_STATED = "not stated"
"""What the export writes in a required cell that we have nothing for; read back, it is an empty cell."""
