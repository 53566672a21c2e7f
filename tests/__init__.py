"""The tests, named after the file they hold or the situation they play."""
