"""Add what AllenSDK 2.16.2 makes of the static gratings in the miniature NWB file to the miniature bucket.

Run in an environment of its own: ``pip install allensdk==2.16.2 'setuptools<81' 'statsmodels<0.15' 'hdmf<4'``.
"""

import tempfile
from pathlib import Path

import h5py
import numpy as np
from allensdk.brain_observatory.static_gratings import StaticGratings
from allensdk.core.brain_observatory_nwb_data_set import BrainObservatoryNwbDataSet

HERE = Path(__file__).parent
NWB = HERE / "visual-coding-2p" / "ophys_experiment_data" / "900000001.nwb"
ANALYSIS = HERE / "visual-coding-2p" / "ophys_experiment_analysis" / "900000001_three_session_B_analysis.h5"
TABLES = ("stim_table_sg", "mean_sweep_response_sg", "response_sg")

data_set = BrainObservatoryNwbDataSet(str(NWB))
gratings = StaticGratings(data_set)
with tempfile.TemporaryDirectory() as folder:
    written = Path(folder) / "analysis.h5"
    writer = BrainObservatoryNwbDataSet(str(written))
    writer.save_analysis_dataframes(
        ("stim_table_sg", gratings.stim_table), ("mean_sweep_response_sg", gratings.mean_sweep_response)
    )
    writer.save_analysis_arrays(("response_sg", gratings.response))
    with h5py.File(written) as source, h5py.File(ANALYSIS, "r+") as target:
        for name in TABLES:
            target["analysis"].pop(name, None)
            source.copy(f"analysis/{name}", target["analysis"], name)
table = data_set.get_stimulus_table("static_gratings")
responses = gratings.mean_sweep_response
np.savez_compressed(
    HERE / "bucket_2p_gratings_allensdk_2.16.2.npz",
    **{name: table[name].to_numpy() for name in ("orientation", "spatial_frequency", "phase", "start", "end")},
    mean_sweep_response=responses.drop(columns="dx").to_numpy(dtype=float),
    mean_sweep_dx=responses["dx"].to_numpy(dtype=float),
    response=gratings.response,
)
