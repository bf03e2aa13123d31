"""The public web server: the Chat API and the page. The only part of Homeward that faces people.

`app` puts it together, `chat` is the Chat API, `page` the page, `turns` asks Rasa and writes the answers, `rasa_link`
speaks to Rasa over loopback, `words` holds what the gateway itself says when Rasa cannot.
"""
