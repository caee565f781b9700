"""``pyrun --profile``: where a job's time and memory go, as a trace, a page with plots, and numbers.

`profiler` is the service that listens to the engine, `profile` what it heard; `trace`, `plots` and `page` show it.
Nothing here is imported unless a job is profiled.
"""
