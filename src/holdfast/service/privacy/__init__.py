"""What a person may ask of whoever keeps their records: to be forgotten, and to see everything."""
