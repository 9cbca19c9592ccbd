"""What every metric, model and benchmark must do, as checks that plugin authors and our own tests call."""
