"""Thin Rasa actions, one topic per file, over `resources_db`. See README.md in this folder."""
