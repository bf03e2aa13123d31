"""The understanding of this installation, without Rasa: the model that `make train` made, and the gazetteer of its settings."""

from __future__ import annotations

from bot.project import MODEL
from bot.understanding.pipeline import Understanding
from resources_db.geo.gazetteer import open_gazetteer
from resources_db.settings import load_settings


def installed_understanding() -> Understanding:
    """Raises ModelUnusable where there is no trained model, or an older one."""
    return Understanding.from_model(MODEL, open_gazetteer(load_settings().gazetteer_path))
