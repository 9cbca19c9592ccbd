"""Linear readouts of a layer: logistic regression, and Brain-Score's task 'probabilities'."""
