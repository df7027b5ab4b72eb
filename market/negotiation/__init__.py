"""Mode 1, negotiated price (协议定价): offers by turns."""
