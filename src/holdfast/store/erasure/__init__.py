"""The right to be forgotten: who was erased, as keyed hashes, and how a person leaves every file of a project."""
