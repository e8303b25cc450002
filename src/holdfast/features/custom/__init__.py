"""Features that a project defines itself, in holdfast.yaml or in Python."""
