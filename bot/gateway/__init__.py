"""The public web server: the Chat API and the page. The only part of Homeward that faces people.

`app` puts it together; `chat` is the Chat API, over what `reading` makes of requests and `errors` of failures; `page`
is the page. `turns` asks Rasa through `rasa_link` and writes the answers, `news` wakes those who wait for them,
`storage` keeps the database off the event loop, and `words` holds what the gateway says itself on a bad day.
"""
