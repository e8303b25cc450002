"""What the routes of the API ask of published results: one module a subject."""
