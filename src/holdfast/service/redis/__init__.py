"""What several processes share through a Redis server; without one, each does the same by itself."""
