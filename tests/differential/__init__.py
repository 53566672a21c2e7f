"""The differential proof: generated documents, answered by graphql-core and by the compiled executor."""
