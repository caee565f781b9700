"""Plot the scores of ParticleTransformerAK4 in a MiniAOD file: ``python plotParTAK4.py [miniaod.root] [-o FIGURE]``."""

from pyrun.modules.btag.plot_part_ak4 import main

if __name__ == "__main__":
    main()
