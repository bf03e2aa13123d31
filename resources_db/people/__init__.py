"""People who call families: who may, when they promise to, what they are shown, and what becomes of it."""
