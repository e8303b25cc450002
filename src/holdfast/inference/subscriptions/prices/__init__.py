"""What subscriptions cost: for how long a price is paid, what it contains, and where it stands."""
