"""A stand-in for the company that carries our texts: it speaks Twilio's protocol, keeps an exact record, and can misbehave.

For tests, benchmarks and `homeward sms-sandbox`. It shares no code with what it tests: signature and segments are its own.
"""
