"""What a stranger's tables hold: kinds, dates, roles, joins and leaks, each with its evidence."""
