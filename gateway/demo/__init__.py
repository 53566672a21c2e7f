"""The demo: eleven synthetic registries, their personas and one gateway on this machine."""
