"""The 15 kinds of image corruption of ImageNet-C, on tensors."""
