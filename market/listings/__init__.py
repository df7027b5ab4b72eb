"""A result and its rights, offered: draft, publish, withdraw; import and search."""
