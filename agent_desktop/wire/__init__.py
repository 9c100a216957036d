"""The protocol between the programs: the same code on both ends, no sockets, no clocks."""
