"""New records through the models of a run: a file at a time, or a customer at a time in a warm process."""
