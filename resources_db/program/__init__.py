"""The program view: how a year of check-ins goes, in counts of weeks. Never about one family."""
