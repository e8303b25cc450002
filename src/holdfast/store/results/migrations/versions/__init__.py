"""The changes themselves; a file that was released is never edited."""
