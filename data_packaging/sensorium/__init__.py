"""Sensorium 2022: responses of mouse V1 to natural images, by the Tolias and Sinz labs."""
