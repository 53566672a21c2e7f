"""Synthetic people and households for sandbox registries; none of them is or was a real person."""

from tongban_adapters.sandbox.population.generate import SEED, generate, planted

__all__ = ["SEED", "generate", "planted"]
