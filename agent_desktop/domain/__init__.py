"""The rules of a contact centre: pure values and functions, standard-library types only."""
