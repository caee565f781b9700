"""Any configuration, with the models of its modules served by Triton.

    pyrun cfg/run.py config=miniaod_2023_cfg.py maxEvents=10 address=HOST    # by a server that runs there
    pyrun cfg/run.py config=miniaod_2023_cfg.py maxEvents=10                 # by one that starts and stops with the job
    pyrun cfg/run.py config=miniaod_2023_cfg.py sonic=False                  # in the process, for comparison
    pyrun cfg/run.py --help

Options are given as name=value or as --name value.
"""

import sys

from HeterogeneousCore.SonicTriton import customize

parser = customize.getParser()
parser.add_argument("--config", default="miniaod_2023_cfg.py", help="configuration to run: a file or a module")
parser.add_argument("--sonic", **customize.SWITCH | {"default": True}, help="False: as the configuration is")
parser.add_argument("--modifiers", default="", metavar="A,B", help="further modifiers; package.name outside pyrun")
parser.add_argument("--inputFiles", default="", metavar="A,B", help="files to read (default: as configured)")
parser.add_argument("--outputFile", default="", help="file to write (default: as configured)")
parser.add_argument("--dump", **customize.SWITCH, help="print the configuration instead of running it")
options = customize.getOptions(parser)

# modifiers act while fragments are loaded
customize.chooseModifiers(["allSonicTriton"] * options.sonic + [name for name in options.modifiers.split(",") if name])
process = customize.loadProcess(options.config)

if options.sonic and not customize.sonicModules(process):
    raise ValueError(
        f"allSonicTriton changes no module of {options.config}: none of its models can be served, or it takes a "
        "modifier of its own: modifiers=NAME, or modifiers=PACKAGE.NAME for PACKAGE/NAME_cff.py outside pyrun"
    )
process = customize.applyOptions(process, options, applyToModules=True)

if options.inputFiles:
    process.source.fileNames = options.inputFiles.split(",")
if options.outputFile:
    if len(process.outputModules_()) != 1:
        raise ValueError(f"outputFile is for one output module; there are: {', '.join(process.outputModules_())}")
    for output in process.outputModules_().values():
        output.fileName = options.outputFile

if options.dump:
    print(process.dumpPython())
    sys.exit(0)
