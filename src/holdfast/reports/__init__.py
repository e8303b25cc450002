"""What a run tells people: exploration, figures, pages, and files for BI tools."""
