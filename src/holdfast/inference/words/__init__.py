"""The words by which people name columns, tables and states, in many languages."""
