"""What commands print, beside their answers: help, JSON, CSV, signs of life and what an interruption leaves."""
