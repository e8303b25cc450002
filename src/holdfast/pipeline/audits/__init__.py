"""Stages that a usual run leaves out: looking for leaks, forecasting past cutoffs."""
