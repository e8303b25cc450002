"""Customer-retention intelligence."""
