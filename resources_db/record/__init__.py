"""What a family keeps for itself: the record it may show to others, and its plan for bad days. Staff see none of it."""
