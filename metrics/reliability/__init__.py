"""How well recordings agree with themselves over repetitions."""
