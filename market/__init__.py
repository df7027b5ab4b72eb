"""An open technology-transfer market."""
