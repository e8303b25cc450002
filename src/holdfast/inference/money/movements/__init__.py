"""Movements of an account: what came in and what went out, by a word, by signs, by two columns, by a balance."""
