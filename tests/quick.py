"""Settings that make a run of a test quick: one plain model, two cutoffs, one window."""

QUICK = "\ntraining: {models: [logistic], at_most_cutoffs: 2}\nfeatures: {windows: [90]}\n"
