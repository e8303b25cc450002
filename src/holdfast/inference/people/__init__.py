"""Who the customers are: their keys, accounts and stand-ins for nobody; tables of one row a customer."""
