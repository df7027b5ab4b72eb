"""What knows nothing of trade: money, refusal, clock, database, journal, documents."""
