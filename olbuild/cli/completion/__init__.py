"""Shell completion: commands and options are written into the script, names in the store are looked up when asked."""
