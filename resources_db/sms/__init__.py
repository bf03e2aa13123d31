"""Texts: what they cost, whom they reach, and how they travel."""
