"""What raw files mean: kinds, dates, roles, joins and leaks of columns, each with its evidence."""
