"""The routes that read what was published, one module a subject."""
