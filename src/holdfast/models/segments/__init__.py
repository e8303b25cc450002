"""Groups of customers that can be named and treated alike."""
