"""Everything between this package and Brain-Score: its private names, its models, our plugins there."""
