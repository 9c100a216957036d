"""The agent's softphone: a process without a screen that outlives the window.

`app` is the process, `softphone` carries out commands, `calltable` alone writes what a call is, `native`
speaks SIP, `sound` moves the audio on a thread of its own, `devices` and `soundcard` are the ears.
"""
