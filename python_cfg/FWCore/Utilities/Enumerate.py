"""Named values, under the name that CMSSW gives this class's module."""


class Enumerate:
    """Values with the names of `names`, numbered from `first`, in steps of `step`, or shifted by bits."""

    def __init__(self, names, prefix="", valueType="increment", startValue=1):
        self._prefix, self._values = prefix, {}
        for position, entry in enumerate(names.split()):
            name, _, given = entry.partition("=")
            value = 1 << position if valueType.lower() == "bit" else position + startValue
            self._values[name] = int(given) if given else value
        self.__dict__.update(self._values)

    def isValidKey(self, name):
        return name in self._values

    def isValidValue(self, value):
        return value in self._values.values()

    def valueToKey(self, value):
        return next((name for name, known in self._values.items() if known == value), None)
