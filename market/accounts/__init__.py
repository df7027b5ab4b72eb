"""People, parties, roles, venues, registries, regions and parks."""
