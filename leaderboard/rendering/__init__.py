"""How pages are made from templates."""
