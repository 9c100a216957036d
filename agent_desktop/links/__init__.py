"""Links between programs on one computer: a process that outlives its owner, and the websocket to it."""
