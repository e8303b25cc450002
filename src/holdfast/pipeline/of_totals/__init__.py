"""Stages for one row a customer with totals, where a model of purchases takes the place of trained ones."""
