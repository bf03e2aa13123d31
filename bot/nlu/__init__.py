"""Thin Rasa graph components, one per file, over the plain code in `bot.understanding`.

Each adds what it found as entities. `config.yml` gives their order; a message that starts with `/` is a
choice the family tapped, which Rasa reads by itself, so every component leaves it alone.
"""
