"""Compiled reads: the same answers as graphql-core's, from Python made for each query."""
