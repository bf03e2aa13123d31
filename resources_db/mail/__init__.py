"""E-mail to providers: what a family approved word for word is handed to the mail server, and followed until its end is known."""
