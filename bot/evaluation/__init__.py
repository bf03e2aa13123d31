"""How well messages are understood: labeled rows, scores, and a report that people can read.

It judges a `bot.understanding.pipeline.Understanding` and knows nothing of Rasa. `homeward evaluate` and the benchmarks
use it. What a labeled file may hold is told in `rows`.
"""
