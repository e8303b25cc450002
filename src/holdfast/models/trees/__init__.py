"""Tree ensembles of any library as flat arrays."""
