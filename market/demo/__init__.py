"""The demo world: invented parties and results in every state."""
