"""Payments: who owes whom how much, and how it is paid."""
