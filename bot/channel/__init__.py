"""The Rasa side of the link between the gateway and Rasa, which runs on loopback only.

`link` takes messages and collects answers, `tracker_store` keeps conversations short and in our own database,
`tuning` removes waste from the way Rasa calls the action server.
"""
