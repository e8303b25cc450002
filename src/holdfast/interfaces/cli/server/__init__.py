"""Commands of a server and its workers, one a file."""
