"""Tests about the code base itself: what must hold however it grows."""
