"""What tests of olbuild, and of other implementations, are made with."""
