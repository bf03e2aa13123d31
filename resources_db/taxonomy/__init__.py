"""What families need, and how other people's categories map to it."""
