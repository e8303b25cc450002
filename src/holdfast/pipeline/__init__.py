"""The pipeline: its stages, and what runs them."""
