"""Identities: who a person is to an outside provider, and signing in by it (OpenID Connect)."""
