"""How alike networks are built: their layers as characters, aligned by Needleman-Wunsch (arXiv 2505.06881)."""
