"""What the gateway writes down for itself: cases, locator, access records, in PostgreSQL."""
