"""The agent's softphone: a process without a screen that outlives the window.

`app` is the process, `softphone` carries out commands, `calltable` alone writes what a call is, `native`
speaks SIP, `sound` moves the audio on a thread of its own.

`devices` and `soundcard` are what it hears and speaks through (`ears`), `hotswap` takes the best of them
(`preferences`, `cardnames`, `scout`), `ringing` are its own sounds and `attention` says when they are heard.
`headset` joins the buttons of a headset to the calls (`headset_hid`, `headset_signals`, `headset_report`).
`selftest` tries everything out before the shift.
"""
