"""The technology contract: drafted, signed, printed."""
