"""What is kept: runs, their artifacts, and where the latest stands."""
