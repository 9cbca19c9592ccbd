"""What every other room stands on: errors, files, folders, caches, images, threads, versions."""
