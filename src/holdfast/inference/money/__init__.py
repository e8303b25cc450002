"""The money of sales: amounts, refunds, currencies, the columns of purchases, sales in streams of events."""
