"""Made-up businesses whose truth is known."""
