"""Is there enough to train on, and how clean is it?"""
