"""How the tables of a project refer to each other: by name and values together."""
