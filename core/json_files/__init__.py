"""Files of JSON that are read back: checked for what they hold before anything is made of it."""
