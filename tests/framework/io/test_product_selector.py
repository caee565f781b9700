"""keep and drop commands."""

from __future__ import annotations

import pytest

from pyrun.framework.errors import Configuration
from pyrun.framework.event.branch import BranchDescription
from pyrun.framework.io.product_selector import ProductSelector

JETS = BranchDescription("patJets", "slimmedJets", "", "PAT")
JETS8 = BranchDescription("patJets", "slimmedJetsAK8", "SubJets", "PAT")
MUONS = BranchDescription("patMuons", "slimmedMuons", "", "PAT")
RHO = BranchDescription("double", "rho", "", "SIM")
ALL = [JETS, JETS8, MUONS, RHO]


@pytest.mark.parametrize(
    "commands, kept",
    [
        ([], ALL),
        (["keep *"], ALL),
        (["keep *_*_*_*"], ALL),
        (["drop *"], []),
        (["keep patMuons_*_*_*"], [MUONS]),
        (["keep *", "drop patJets_*_*_*"], [MUONS, RHO]),
        (["drop patJets_*_*_*", "keep *"], ALL),
        (["drop *", "keep *_slimmedJets_*_*"], [JETS]),
        (["drop *", "keep *_slimmedJets*_*_*"], [JETS, JETS8]),
        (["drop *", "keep *_slimmedJets*__*"], [JETS]),
        (["keep *", "drop *_*_?*_*"], [JETS, MUONS, RHO]),
        (["keep *_*_*_S?M"], [RHO]),
        (["keep *_*_*_?SIM"], []),
        (["keep *_rho_*_PAT"], []),
        (["keep   patJets_*_*_PAT  "], [JETS, JETS8]),
    ],
)
def test_the_last_command_that_matches_decides(commands, kept):
    assert ProductSelector(commands).select(ALL) == kept


@pytest.mark.parametrize(
    "command",
    [
        *["", "keep", "keep ", "retain *", "keepp *", "keep* ", "Keep *", " keep *", "keep *_*_*_* now"],
        *["keep patJets", "keep patJets_*_*", "keep a_b_c_d_e", "keep a_[bc]_*_*", "keep a.b_*_*_*", "keep ** "],
    ],
)
def test_a_malformed_command_is_quoted(command):
    with pytest.raises(Configuration) as error:
        ProductSelector(["keep *", command], "inputCommands")
    assert f"inputCommands has the malformed command {command!r}" in str(error.value)
