"""POST /predict and what-ifs: the routes, what they are sent, and the quick way past them."""
