"""Measurements that print a ratio of the same run.

Each module here but `runner` and `result` is one bench, named like its file, with `run() -> list[Result]`.
"""
