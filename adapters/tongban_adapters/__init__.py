"""The SDK a city uses to connect its household registry: contract, mapping, transports, sandbox."""
