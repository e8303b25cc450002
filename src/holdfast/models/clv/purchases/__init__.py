"""Models of purchases without contracts: how many are to come, of which value."""
