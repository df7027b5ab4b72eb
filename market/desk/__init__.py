"""A home page for each role, the public front page, the timeline."""
