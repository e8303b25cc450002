"""Which day says what of a subscription, by names and by rows."""
