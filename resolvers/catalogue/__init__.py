"""The fifty businesses and thirty inquiries as data, with their rules."""
