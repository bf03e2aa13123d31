"""What the assistant says, as texts: few, short, and never cut inside a fact."""
