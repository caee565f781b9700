"""What a new process already holds: options, event limits and the message logger."""

from __future__ import annotations

from .modules import Service
from .placeholders import obsolete, optional, required, untracked
from .psets import PSet
from .scalars import int32

_UNLIMITED = 10_000_000


def default_options() -> PSet:
    """``process.options`` as every process starts with it."""
    u = untracked
    options = u.PSet(
        numberOfThreads=u.uint32(1),
        numberOfStreams=u.uint32(0),
        numberOfConcurrentRuns=u.uint32(1),
        numberOfConcurrentLuminosityBlocks=u.uint32(0),
        eventSetup=u.PSet(
            numberOfConcurrentIOVs=u.uint32(0),
            forceNumberOfConcurrentIOVs=u.PSet(allowAnyLabel_=required.untracked.uint32),
        ),
        accelerators=u.vstring("*"),
        wantSummary=u.bool(False),
        fileMode=u.string("FULLMERGE"),
        forceEventSetupCacheClearOnNewRun=u.bool(False),
        throwIfIllegalParameter=u.bool(True),
        printDependencies=u.bool(False),
        deleteNonConsumedUnscheduledModules=u.bool(True),
        sizeOfStackForThreadsInKB=optional.untracked.uint32,
        Rethrow=u.vstring(),
        TryToContinue=u.vstring(),
        IgnoreCompletely=u.vstring(),
        modulesToCallForTryToContinue=u.vstring(),
        canDeleteEarly=u.vstring(),
        holdsReferencesToDeleteEarly=u.VPSet(),
        modulesToIgnoreForDeleteEarly=u.vstring(),
        dumpOptions=u.bool(False),
        allowUnscheduled=obsolete.untracked.bool,
        emptyRunLumiMode=obsolete.untracked.string,
        makeTriggerResults=obsolete.untracked.bool,
    )
    # Known, but not there until they are set: the events in a block, where 0 lets the engine choose, which CMSSW
    # does not have; and what older releases had.
    options._declared.update(
        eventsPerBlock=optional.untracked.uint32,
        SkipEvent=optional.untracked.vstring,
        FailPath=optional.untracked.vstring,
    )
    return options  # type: ignore[no-any-return]


def default_max_events() -> PSet:
    """``process.maxEvents``: without `input`, all events."""
    return untracked.PSet(  # type: ignore[no-any-return]
        input=optional.untracked.int32, output=optional.untracked.allowed(int32, PSet)
    )


def default_max_luminosity_blocks() -> PSet:
    """``process.maxLuminosityBlocks``: -1 is all."""
    return untracked.PSet(input=untracked.int32(-1))  # type: ignore[no-any-return]


def _category_template() -> object:
    """How often the messages of one category are written."""
    return optional.untracked.PSetTemplate(
        limit=optional.untracked.int32, reportEvery=untracked.int32(1), timespan=optional.untracked.int32
    )


def _category(limit: int, **more: object) -> PSet:
    return untracked.PSet(limit=untracked.int32(limit), **more)  # type: ignore[no-any-return]


def _destination(**defaults: object) -> dict[str, object]:
    """The parameters that every destination of messages has."""
    return dict(
        enableStatistics=untracked.bool(False),
        lineLength=optional.untracked.int32,
        noLineBreaks=optional.untracked.bool,
        noTimeStamps=optional.untracked.bool,
        resetStatistics=untracked.bool(False),
        statisticsThreshold=optional.untracked.string,
        threshold=optional.untracked.string,
        allowAnyLabel_=_category_template(),
        **defaults,
    )


def _cerr() -> PSet:
    parameters = _destination(
        enable=untracked.bool(True),
        default=_category(_UNLIMITED),
        INFO=_category(0),
        FwkReport=_category(_UNLIMITED, reportEvery=untracked.int32(1)),
        FwkSummary=_category(_UNLIMITED, reportEvery=untracked.int32(1)),
        Root_NoDictionary=_category(0),
    )
    parameters.update(
        noTimeStamps=untracked.bool(False),
        threshold=untracked.string("INFO"),
        statisticsThreshold=untracked.string("WARNING"),
    )
    return untracked.PSet(**parameters)  # type: ignore[no-any-return]


def default_message_logger() -> Service:
    """``process.MessageLogger``: messages of level INFO and above of the framework go to standard error."""
    u = untracked
    logger = Service(
        "MessageLogger",
        cerr=_cerr(),
        cout=u.PSet(**_destination(enable=u.bool(False))),
        files=u.PSet(
            allowAnyLabel_=optional.untracked.PSetTemplate(
                **_destination(
                    output=optional.untracked.string,
                    extension=optional.untracked.string,
                    filename=optional.untracked.string,
                )
            )
        ),
        default=u.PSet(
            limit=optional.untracked.int32,
            lineLength=u.int32(80),
            noLineBreaks=u.bool(False),
            noTimeStamps=u.bool(False),
            reportEvery=u.int32(1),
            statisticsThreshold=u.string("INFO"),
            threshold=u.string("INFO"),
            timespan=optional.untracked.int32,
            allowAnyLabel_=_category_template(),
        ),
        debugModules=u.vstring(),
        suppressDebug=u.vstring(),
        suppressFwkInfo=u.vstring(),
        suppressInfo=u.vstring(),
        suppressWarning=u.vstring(),
        allowAnyLabel_=_category_template(),
    )
    logger.__dict__["_isDefault"] = True
    return logger


def is_default(logger: object) -> bool:
    """Whether a MessageLogger is as every process starts with it."""
    return isinstance(logger, Service) and getattr(logger, "_isDefault", False) and not logger.isModified()
