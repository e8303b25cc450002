"""Tables of one row a customer: their columns, labels and totals."""
