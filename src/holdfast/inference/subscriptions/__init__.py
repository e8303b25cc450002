"""Tables of subscriptions that no recipe knows: periods, events, months and invoices, by words and by values."""
