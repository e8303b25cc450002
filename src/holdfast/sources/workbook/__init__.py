"""Excel workbooks, read in a process of their own."""
