"""Measures the gateway beside the fastest hand-written server and beside stock Strawberry."""
