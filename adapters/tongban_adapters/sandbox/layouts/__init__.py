"""The table layouts of the sandbox registries, as numbered SQL."""
