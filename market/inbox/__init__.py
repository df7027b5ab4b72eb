"""What concerns a person: an inbox, and letters about it."""
