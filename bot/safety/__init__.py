"""The whole crisis logic: what counts as a crisis, what is answered, and how the answer holds the turn. See README.md."""
