"""HTTP, process, command line: the only floor that knows the network and the environment."""
