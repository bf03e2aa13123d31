"""Check-ins a parent controls: who chose what, when something is asked, what is asked, and what the answers mean."""
