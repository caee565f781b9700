"""Lists of files for configurations, under the name that CMSSW gives these functions' module."""

import os


def loadListFromFile(filename):
    """The lines of a file that are neither empty nor comments."""
    with open(os.path.expanduser(filename), encoding="utf-8") as file:
        lines = (line.partition("#")[0].strip() for line in file)
        return [line for line in lines if line]


def sectionNofTotal(inputList, currentSection, numSections):
    """The part number `currentSection`, from 1, of a list that is cut into `numSections` parts of nearly equal size."""
    if not 1 <= currentSection <= numSections:
        raise RuntimeError(f"The section must lie between 1 and {numSections}, it is {currentSection}")
    size = len(inputList)
    return inputList[(currentSection - 1) * size // numSections : currentSection * size // numSections]
