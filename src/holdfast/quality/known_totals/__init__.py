"""Cleaning: raw tables to canonical ones, with checks, a readiness grade, and a ledger of every change."""
