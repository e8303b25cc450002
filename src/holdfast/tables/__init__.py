"""What each table must hold, in the product's words."""
