"""Commands about one person: to be forgotten, and to see everything."""
