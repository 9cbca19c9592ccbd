"""``brainscore-mouse dg-fetch``."""


def dg_fetch() -> None:
    """Download MNIST, USPS and SVHN (about 260 MB); MNIST-M and SYN are made from MNIST and from fonts."""
    from ...domain_generalization.domains.download import fetch_digits

    print(f"MNIST, USPS and SVHN are in {fetch_digits()}")
