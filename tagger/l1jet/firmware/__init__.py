"""A trained tagger as firmware: hls4ml's project, da4ml's Verilog, its simulation, its synthesis and its precision."""
