"""Benchmarks of robustness: a readout fitted to one domain (or all but one), tested on domains it never saw.

One literal line each: Brain-Score's own plugin search looks for the text.
"""

from ...core.registries import benchmark_registry
from .family import leave_one_domain_out, single_source

# Embedded: handwritten digits, tested on rendered, photo-blended, inverted, low-contrast, noisy and blurred ones.
benchmark_registry["dg-minidigits-readout"] = single_source("minidigits", "handwritten")

benchmark_registry["dg-digits-readout"] = leave_one_domain_out("digits")
benchmark_registry["dg-digits-MNIST-readout"] = single_source("digits", "MNIST")
benchmark_registry["dg-digits-USPS-readout"] = single_source("digits", "USPS")
benchmark_registry["dg-digits-SVHN-readout"] = single_source("digits", "SVHN")
benchmark_registry["dg-digits-MNIST-M-readout"] = single_source("digits", "MNIST-M")
benchmark_registry["dg-digits-SYN-readout"] = single_source("digits", "SYN")

benchmark_registry["dg-pacs-readout"] = leave_one_domain_out("pacs")
benchmark_registry["dg-pacs-art_painting-readout"] = single_source("pacs", "art_painting")
benchmark_registry["dg-pacs-cartoon-readout"] = single_source("pacs", "cartoon")
benchmark_registry["dg-pacs-photo-readout"] = single_source("pacs", "photo")
benchmark_registry["dg-pacs-sketch-readout"] = single_source("pacs", "sketch")

benchmark_registry["dg-vlcs-readout"] = leave_one_domain_out("vlcs")
benchmark_registry["dg-vlcs-Caltech101-readout"] = single_source("vlcs", "Caltech101")
benchmark_registry["dg-vlcs-LabelMe-readout"] = single_source("vlcs", "LabelMe")
benchmark_registry["dg-vlcs-SUN09-readout"] = single_source("vlcs", "SUN09")
benchmark_registry["dg-vlcs-VOC2007-readout"] = single_source("vlcs", "VOC2007")

benchmark_registry["dg-office-home-readout"] = leave_one_domain_out("office-home")
benchmark_registry["dg-office-home-Art-readout"] = single_source("office-home", "Art")
benchmark_registry["dg-office-home-Clipart-readout"] = single_source("office-home", "Clipart")
benchmark_registry["dg-office-home-Product-readout"] = single_source("office-home", "Product")
benchmark_registry["dg-office-home-Real-World-readout"] = single_source("office-home", "Real World")

benchmark_registry["dg-imagenet-val-readout"] = single_source("imagenet", "val")
