"""What the values of columns and tables show: numbers, times, keys, cells of JSON."""
