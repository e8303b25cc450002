"""New records into the event store, and features of the customers in it."""
