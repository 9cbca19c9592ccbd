"""What is made of many scores: figures and the analyses of the paper."""
