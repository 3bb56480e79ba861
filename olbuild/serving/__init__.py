"""What olbuild offers over the network."""
