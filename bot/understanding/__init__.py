"""What a family's message means, in plain typed Python and spaCy; it knows nothing of Rasa.

`bot.nlu` wraps each part as a Rasa graph component; `pipeline.Understanding` runs them all for the
`homeward understand` command and for tests.
"""
