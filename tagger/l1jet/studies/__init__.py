"""Studies of what the tagger gains in the level-1 trigger: thresholds, background rates, efficiencies of signals.

All decisions are those of the filters that run in the trigger's paths, on the words of the global trigger. A study
chooses their parameters and counts.
"""
