"""Regions, parks, venues, registries."""
