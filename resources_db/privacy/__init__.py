"""What families' words need: masked before they are kept, deleted for good when asked or when their time is over, and proof."""
