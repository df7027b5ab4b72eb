"""Organisations and persons that can be a side of a contract, and who acts for them."""
