"""The stack: several churn models on the same folds, added up by weights fitted out of fold."""
