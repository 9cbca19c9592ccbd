"""What the variants of stimuli are, for lists, which do without what makes them."""

ACUITY_CYCLES_PER_DEGREE = 0.5
"""Where pigmented mice stop telling gratings from gray (Prusky et al. 2000, doi 10.1016/S0042-6989(00)00081-X)."""

VARIANT_DESCRIPTIONS = {
    "64px": "squashed to 64 x 64 pixels before the model's own resizing, as in Nayebi et al. 2023",
    "acuity": f"low-passed: {ACUITY_CYCLES_PER_DEGREE} cycles per degree keep half of their contrast",
    "center-60deg": "the central 60 x 60 degrees of the visual field",
    "center-30deg": "the central 30 x 30 degrees of the visual field",
    "phase-scrambled": ("control: the same amplitude of each spatial frequency, random phases: no edges, no objects"),
    "shuffled": ("control: another scene in place of each, as if the neuroids' responses were shuffled over scenes"),
}
"""By the name that follows an @ in identifiers; `stimulus_variants.py` makes them."""
