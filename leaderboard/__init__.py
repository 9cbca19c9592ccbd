"""The leaderboard: stored scores as a folder of pages that need no server."""
