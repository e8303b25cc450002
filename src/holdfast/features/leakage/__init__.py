"""A leakage audit: what a model could learn from that it will not know when it is asked; a file a kind of leak."""
