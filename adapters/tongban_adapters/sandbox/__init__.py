"""Stand-in registries of really different make, with synthetic people, for demo, tests and kit."""
