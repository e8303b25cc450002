"""What the records are worth: read, repaired, checked, and every change written down."""
