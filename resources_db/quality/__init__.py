"""Is a listing right? What looks wrong, what is there twice, and what gives a hidden place away."""
