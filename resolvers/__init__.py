"""What the gateway knows and decides; no GraphQL and no HTTP below this line."""
