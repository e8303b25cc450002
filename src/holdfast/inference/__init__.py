"""Schema inference: guesses kinds, dates, roles, joins and leaks of raw columns, each with its evidence."""
