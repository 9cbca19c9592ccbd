"""Bootstrap of RSA over 118 stimuli: 1000 draws, 17 layers with one RDM, against rsatoolbox on the same draws.

Usage: ``OMP_NUM_THREADS=1 PYTHONPATH=/tmp/rsatoolbox python performance/rsa_bootstrap_against_rsatoolbox.py`` after
``pip install --target /tmp/rsatoolbox --no-deps rsatoolbox==0.2.0``. Later versions need a later scikit-learn than
Brain-Score allows, and cannot be imported beside it.
"""

import warnings

import numpy as np
import rsatoolbox
from brainscore_mouse.metrics.rsa.bootstrap import bootstrapped_comparison
from brainscore_mouse.metrics.rsa.compare_pairs import Correlation
from brainscore_mouse.metrics.rsa.rdm import pairs_of_rdm, rdm_of_patterns
from rsatoolbox.inference import evaluate
from side_by_side import compare, print_machine

N_STIMULI, N_LAYERS, N_DRAWS = 118, 17, 1000
METHODS: dict[Correlation, str] = {"spearman": "spearman", "pearson": "corr"}


def main() -> None:
    """Compare."""
    warnings.simplefilter("ignore")
    evaluate.tqdm.trange = lambda n: range(n)  # no progress bars in the table
    print_machine()
    generator = np.random.default_rng(0)
    shared = generator.normal(size=(N_STIMULI, 20))
    layers = np.stack(
        [pairs_of_rdm(rdm_of_patterns(shared + generator.normal(size=shared.shape))) for _ in range(N_LAYERS)]
    )
    data = pairs_of_rdm(rdm_of_patterns(shared + generator.normal(size=shared.shape)))
    models = [
        rsatoolbox.model.ModelFixed(f"layer {number}", rsatoolbox.rdm.RDMs(layer[None]))
        for number, layer in enumerate(layers)
    ]
    recorded = rsatoolbox.rdm.RDMs(data[None])
    # rsatoolbox draws from numpy's global generator, in this way.
    np.random.seed(0)
    drawn = [np.random.randint(0, N_STIMULI, size=N_STIMULI) for _ in range(N_DRAWS)]
    counts = np.stack([np.bincount(draw, minlength=N_STIMULI) for draw in drawn])
    pairs = N_STIMULI * (N_STIMULI - 1) / 2
    for correlation, method in METHODS.items():

        def peer(method: str = method) -> np.ndarray:
            np.random.seed(0)
            result = evaluate.eval_bootstrap_pattern(models, recorded, method=method, N=N_DRAWS, boot_noise_ceil=False)
            return result.evaluations.reshape(N_DRAWS, -1)

        # Sums of x, x squared and x y of each layer, and of y and y squared; as ranks differ between draws, the
        # bound for Spearman is not one of matrix products.
        gflop = 2e-9 * N_DRAWS * pairs * (3 * N_LAYERS + 2) if correlation == "pearson" else None
        compare(
            f"RSA bootstrap, {correlation}, {N_LAYERS} layers x 1 RDM, {N_DRAWS} draws",
            lambda correlation=correlation: bootstrapped_comparison(layers, data, counts, correlation).T,
            peer,
            f"rsatoolbox ({method})",
            gflop,
        )


if __name__ == "__main__":
    main()
