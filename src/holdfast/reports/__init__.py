"""What people read of a run: exploration, figures, pages, and files for BI tools."""
