"""A metric: an existing one with another setting. A new one would subclass LayerwiseMetric."""

from brainscore_mouse.metrics.rsa.metric import RSA


class RSAPearson(RSA):
    """RSA whose RDMs are compared by Pearson correlation."""

    identifier = "example-rsa-pearson"

    def __init__(self, seed: int = 0):
        super().__init__("pearson", seed=seed)
