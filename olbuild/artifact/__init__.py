"""What a model is made of, and how it is written down: weights, bundles, profiles."""
