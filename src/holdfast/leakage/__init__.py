"""The leakage audit: what a model could learn from but will not know when it predicts; one file a kind of leak."""
