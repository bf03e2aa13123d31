"""Where families are: place names, ZIPs, distances, and (only when an agency turns it on) street addresses."""
