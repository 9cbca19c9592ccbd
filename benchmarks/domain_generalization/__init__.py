"""Benchmarks of robustness: a readout or a whole network fitted to one domain (or all but one), tested on unseen ones.

One literal line each: Brain-Score's own plugin search looks for the text.
"""

from ...plugins.registries import benchmark_registry
from .factories import corrupted, leave_one_domain_out, single_source

# Embedded: handwritten digits, tested on rendered, photo-blended, inverted, low-contrast, noisy and blurred ones.
benchmark_registry["dg-minidigits-readout"] = single_source("minidigits", "handwritten", "readout")
benchmark_registry["dg-minidigits-training"] = single_source("minidigits", "handwritten", "training")

benchmark_registry["dg-digits-readout"] = leave_one_domain_out("digits", "readout")
benchmark_registry["dg-digits-MNIST-readout"] = single_source("digits", "MNIST", "readout")
benchmark_registry["dg-digits-USPS-readout"] = single_source("digits", "USPS", "readout")
benchmark_registry["dg-digits-SVHN-readout"] = single_source("digits", "SVHN", "readout")
benchmark_registry["dg-digits-MNIST-M-readout"] = single_source("digits", "MNIST-M", "readout")
benchmark_registry["dg-digits-SYN-readout"] = single_source("digits", "SYN", "readout")
benchmark_registry["dg-digits-training"] = leave_one_domain_out("digits", "training")
benchmark_registry["dg-digits-MNIST-training"] = single_source("digits", "MNIST", "training")
benchmark_registry["dg-digits-USPS-training"] = single_source("digits", "USPS", "training")
benchmark_registry["dg-digits-SVHN-training"] = single_source("digits", "SVHN", "training")
benchmark_registry["dg-digits-MNIST-M-training"] = single_source("digits", "MNIST-M", "training")
benchmark_registry["dg-digits-SYN-training"] = single_source("digits", "SYN", "training")

benchmark_registry["dg-pacs-readout"] = leave_one_domain_out("pacs", "readout")
benchmark_registry["dg-pacs-art_painting-readout"] = single_source("pacs", "art_painting", "readout")
benchmark_registry["dg-pacs-cartoon-readout"] = single_source("pacs", "cartoon", "readout")
benchmark_registry["dg-pacs-photo-readout"] = single_source("pacs", "photo", "readout")
benchmark_registry["dg-pacs-sketch-readout"] = single_source("pacs", "sketch", "readout")
benchmark_registry["dg-pacs-training"] = leave_one_domain_out("pacs", "training")
benchmark_registry["dg-pacs-art_painting-training"] = single_source("pacs", "art_painting", "training")
benchmark_registry["dg-pacs-cartoon-training"] = single_source("pacs", "cartoon", "training")
benchmark_registry["dg-pacs-photo-training"] = single_source("pacs", "photo", "training")
benchmark_registry["dg-pacs-sketch-training"] = single_source("pacs", "sketch", "training")

benchmark_registry["dg-vlcs-readout"] = leave_one_domain_out("vlcs", "readout")
benchmark_registry["dg-vlcs-Caltech101-readout"] = single_source("vlcs", "Caltech101", "readout")
benchmark_registry["dg-vlcs-LabelMe-readout"] = single_source("vlcs", "LabelMe", "readout")
benchmark_registry["dg-vlcs-SUN09-readout"] = single_source("vlcs", "SUN09", "readout")
benchmark_registry["dg-vlcs-VOC2007-readout"] = single_source("vlcs", "VOC2007", "readout")
benchmark_registry["dg-vlcs-training"] = leave_one_domain_out("vlcs", "training")
benchmark_registry["dg-vlcs-Caltech101-training"] = single_source("vlcs", "Caltech101", "training")
benchmark_registry["dg-vlcs-LabelMe-training"] = single_source("vlcs", "LabelMe", "training")
benchmark_registry["dg-vlcs-SUN09-training"] = single_source("vlcs", "SUN09", "training")
benchmark_registry["dg-vlcs-VOC2007-training"] = single_source("vlcs", "VOC2007", "training")

benchmark_registry["dg-office-home-readout"] = leave_one_domain_out("office-home", "readout")
benchmark_registry["dg-office-home-Art-readout"] = single_source("office-home", "Art", "readout")
benchmark_registry["dg-office-home-Clipart-readout"] = single_source("office-home", "Clipart", "readout")
benchmark_registry["dg-office-home-Product-readout"] = single_source("office-home", "Product", "readout")
benchmark_registry["dg-office-home-Real-World-readout"] = single_source("office-home", "Real World", "readout")
benchmark_registry["dg-office-home-training"] = leave_one_domain_out("office-home", "training")
benchmark_registry["dg-office-home-Art-training"] = single_source("office-home", "Art", "training")
benchmark_registry["dg-office-home-Clipart-training"] = single_source("office-home", "Clipart", "training")
benchmark_registry["dg-office-home-Product-training"] = single_source("office-home", "Product", "training")
benchmark_registry["dg-office-home-Real-World-training"] = single_source("office-home", "Real World", "training")

benchmark_registry["dg-imagenet-val-readout"] = single_source("imagenet", "val", "readout")
benchmark_registry["dg-imagenet-val-training"] = single_source("imagenet", "val", "training")

# Readouts of images as they are, tested on others in ImageNet-C's corruptions.
benchmark_registry["dg-corrupted-minidigits-readout"] = corrupted("minidigits")
benchmark_registry["dg-pacs-corrupted-readout"] = corrupted("pacs")
benchmark_registry["dg-pacs-art_painting-corrupted-readout"] = corrupted("pacs", "art_painting")
benchmark_registry["dg-pacs-cartoon-corrupted-readout"] = corrupted("pacs", "cartoon")
benchmark_registry["dg-pacs-photo-corrupted-readout"] = corrupted("pacs", "photo")
benchmark_registry["dg-pacs-sketch-corrupted-readout"] = corrupted("pacs", "sketch")
benchmark_registry["dg-vlcs-corrupted-readout"] = corrupted("vlcs")
benchmark_registry["dg-vlcs-Caltech101-corrupted-readout"] = corrupted("vlcs", "Caltech101")
benchmark_registry["dg-vlcs-LabelMe-corrupted-readout"] = corrupted("vlcs", "LabelMe")
benchmark_registry["dg-vlcs-SUN09-corrupted-readout"] = corrupted("vlcs", "SUN09")
benchmark_registry["dg-vlcs-VOC2007-corrupted-readout"] = corrupted("vlcs", "VOC2007")
benchmark_registry["dg-office-home-corrupted-readout"] = corrupted("office-home")
benchmark_registry["dg-office-home-Art-corrupted-readout"] = corrupted("office-home", "Art")
benchmark_registry["dg-office-home-Clipart-corrupted-readout"] = corrupted("office-home", "Clipart")
benchmark_registry["dg-office-home-Product-corrupted-readout"] = corrupted("office-home", "Product")
benchmark_registry["dg-office-home-Real-World-corrupted-readout"] = corrupted("office-home", "Real World")
benchmark_registry["dg-imagenet-val-corrupted-readout"] = corrupted("imagenet", "val")
