"""The law as data: effective-dated parameters, each with its article and certainty."""
