"""Public data sets made into folders that `sam train` and `sam eval` read: one file a data set."""
