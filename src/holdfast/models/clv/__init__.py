"""Customer lifetime value: expected purchases, spend per purchase, contracts."""
