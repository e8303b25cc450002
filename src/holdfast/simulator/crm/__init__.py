"""A simulated shop with customers, orders, visits and support tickets."""
