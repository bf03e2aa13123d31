"""Places as the entity `place` holds them."""

from __future__ import annotations

from dataclasses import asdict

from resources_db.geo.places import Place

SANTA_ANA = {
    "text": "santa ana",
    "place": asdict(Place("santa ana", "city", 33.7489, -117.8855, "Santa Ana, CA", "CA", "Orange County")),
    "candidates": [],
}
HAGATNA = {
    "text": "hagatna",
    "place": asdict(Place("hagåtña", "city", 13.476, 144.749, "Hagåtña, GU", "GU")),
    "candidates": [],
}
