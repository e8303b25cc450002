"""What the audits of a project answer: leaks, and how good forecasts of past cutoffs would have been."""
