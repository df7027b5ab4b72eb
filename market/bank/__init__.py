"""Bank statements: what the bank says came and went, whose it is, and what nobody knows yet."""
