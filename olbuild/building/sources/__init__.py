"""From the values of FROM, ADAPTER and DRAFT to pinned inputs: the only I/O that happens before a plan is made."""
